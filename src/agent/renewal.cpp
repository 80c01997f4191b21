#include "agent/renewal.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "agent/protocol.h"
#include "agent/state_file.h"

namespace vedette::agent {
namespace {

constexpr std::chrono::hours kDay{24};

}  // namespace

bool renewal_due(const net::CertificateFacts& certificate, WallTime now) {
  auto life = certificate.not_after - certificate.not_before, left = certificate.not_after - now;
  return left < life / 3 || (life > 90 * kDay && left < 30 * kDay);
}

Result<net::CertificateFacts> certificate_in_use(const Identity& identity) {
  TRY_ASSIGN(auto pem, read_state_file(identity.certificate));
  return net::certificate_facts(pem);
}

Result<Identity> renew(const std::filesystem::path& state, const Identity& identity, WallTime now) {
  auto out = identity;
  auto name = fmt::format("agent-{}", to_unix_ms(now));
  out.key = state / (name + ".key");
  out.certificate = state / (name + ".pem");
  std::error_code error;
  auto give_up = [&](Error why) {
    std::filesystem::remove(out.key, error);
    std::filesystem::remove(out.certificate, error);
    return std::unexpected(std::move(why).with("renewing the certificate"));
  };
  auto request = net::make_signing_request(out.key);
  if (!request) return give_up(std::move(request).error());
  auto answer = call_server(identity, "renew", {{"request", *request}});
  if (!answer) return give_up(std::move(answer).error());
  const auto* certificate = answer->if_contains("certificate");
  if (!certificate || !certificate->is_string())
    return give_up(Error(ErrorCode::kCorrupt, "the server answered with no certificate"));
  std::string pem(certificate->get_string());
  auto facts = net::certificate_facts(pem);
  if (!facts || facts->not_after <= now)
    return give_up(Error(ErrorCode::kCorrupt, "the server answered with a certificate that is none or over"));
  if (auto written = write_state_file(out.certificate, pem); !written)
    return give_up(std::move(written).error());
  if (auto written = write_identity(state, out); !written) return give_up(std::move(written).error());
  return out;
}

void remove_old_pairs(const std::filesystem::path& state, const Identity& identity) {
  std::error_code error;
  for (std::filesystem::directory_iterator at(state, error), end; !error && at != end; at.increment(error)) {
    auto name = at->path().filename().string();
    bool pair = name.starts_with("agent") && (name.ends_with(".key") || name.ends_with(".pem"));
    std::error_code ignored;
    if (pair && at->path() != identity.key && at->path() != identity.certificate)
      std::filesystem::remove(at->path(), ignored);
  }
}

}  // namespace vedette::agent
