#include "server/accounts/totp.h"

#include <fmt/format.h>
#include <liboath/oath.h>
#include <sodium.h>

#include <array>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <memory>

#include "base/assert.h"

namespace vedette::server {
namespace {

constexpr std::size_t kSecretBytes = 20;

void once_ready() {
  static const bool ready = oath_init() == OATH_OK;
  VEDETTE_ASSERT(ready);
}

std::string encoded(std::string_view text) {
  return boost::urls::encode(text, boost::urls::unreserved_chars);
}

std::time_t seconds_of(WallTime at) { return static_cast<std::time_t>(to_unix_ms(at) / 1000); }

}  // namespace

Secret new_totp_secret() {
  std::string bytes(kSecretBytes, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return Secret(std::move(bytes));
}

std::string base32(std::string_view bytes) {
  char* text = nullptr;
  std::size_t size = 0;
  int code = oath_base32_encode(bytes.data(), bytes.size(), &text, &size);
  VEDETTE_ASSERT(code == OATH_OK);
  std::unique_ptr<char, decltype(&std::free)> owned(text, &std::free);
  std::string out(text, size);
  out.resize(out.find_last_not_of('=') + 1);
  return out;
}

std::string totp_uri(const Secret& secret, std::string_view issuer, std::string_view account) {
  auto name = encoded(issuer);
  return fmt::format("otpauth://totp/{}:{}?secret={}&issuer={}", name, encoded(account),
                     base32(secret.reveal()), name);
}

std::string totp_code(const Secret& secret, WallTime at) {
  once_ready();
  std::array<char, kTotpDigits + 1> out{};
  const auto& key = secret.reveal();
  int code = oath_totp_generate(key.data(), key.size(), seconds_of(at), kTotpStepSeconds, 0, kTotpDigits,
                                out.data());
  VEDETTE_ASSERT(code == OATH_OK);
  return out.data();
}

std::optional<std::int64_t> totp_step(const Secret& secret, std::string_view code, WallTime now,
                                      std::int64_t last_step) {
  once_ready();
  constexpr std::size_t kStepsAround = 1;
  std::string typed;
  for (char c : code) {
    if (c != ' ') typed += c;  // apps show "123 456"
  }
  if (typed.size() != kTotpDigits) return std::nullopt;
  const auto& key = secret.reveal();
  std::uint64_t step = 0;
  int position = 0;
  int found = oath_totp_validate3(key.data(), key.size(), seconds_of(now), kTotpStepSeconds, 0, kStepsAround,
                                  &position, &step, typed.c_str());
  if (found < 0 || static_cast<std::int64_t>(step) <= last_step) return std::nullopt;
  return static_cast<std::int64_t>(step);
}

}  // namespace vedette::server
