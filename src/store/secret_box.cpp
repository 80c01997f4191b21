#include "store/secret_box.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/assert.h"
#include "base/hash.h"
#include "base/id.h"

namespace vedette::store {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kKeyTextMin = 43;  // 32 bytes as base64url

Error io_error(const fs::path& file, std::string_view doing) {
  return Error(ErrorCode::kUnavailable,
               fmt::format("{}: {}: {}", file.string(), doing, std::strerror(errno)));
}

// Written under another name and then linked: nobody ever sees half a key, and of two processes one wins.
Result<void> create(const fs::path& file) {
  fs::path partial = file.string() + "." + random_token(6);
  int fd = ::open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return std::unexpected(io_error(file, "creating the key"));
  std::string text = random_token(32) + "\n";
  bool written =
      ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  auto failure = io_error(file, "writing the key");
  ::close(fd);
  bool linked = written && (::link(partial.c_str(), file.c_str()) == 0 || errno == EEXIST);
  if (written && !linked) failure = io_error(file, "naming the key");
  ::unlink(partial.c_str());
  if (!linked) return std::unexpected(std::move(failure));
  return {};
}

std::string bytes_of(const std::string& hex) {
  std::string bytes(hex.size() / 2, '\0');
  std::size_t size = 0;
  int bad = sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), hex.data(),
                           hex.size(), nullptr, &size, nullptr);
  VEDETTE_ASSERT(bad == 0 && size == bytes.size());
  return bytes;
}

const unsigned char* raw(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

Secret derived_key(const Secret& master, std::string_view purpose) {
  return Secret(bytes_of(hmac_sha256_hex(master.reveal(), purpose)));
}

SecretBox::SecretBox(const Secret& master, std::string_view purpose) : key_(derived_key(master, purpose)) {
  VEDETTE_ASSERT(sodium_init() >= 0 && key_.reveal().size() == crypto_secretbox_KEYBYTES);
}

Result<Secret> load_key_file(const fs::path& file) {
  if (!fs::exists(file)) TRY(create(file));
  int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::unexpected(io_error(file, "reading the key"));
  struct stat state{};
  char buffer[256];
  bool known = ::fstat(fd, &state) == 0;
  auto size = ::read(fd, buffer, sizeof buffer);
  ::close(fd);
  if (known && (state.st_mode & 077) != 0) {
    return fail(ErrorCode::kInvalid,
                fmt::format("{}: others may read this key; run: chmod 600 {}", file.string(), file.string()));
  }
  std::string text(buffer, size > 0 ? static_cast<std::size_t>(size) : 0);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (text.size() < kKeyTextMin) {
    return fail(ErrorCode::kCorrupt,
                fmt::format("{}: this is not a whole key; put it back from the backup", file.string()));
  }
  return Secret(text);
}

std::string SecretBox::seal(const std::string& plain) const {
  std::string sealed(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + plain.size(), '\0');
  auto* out = reinterpret_cast<unsigned char*>(sealed.data());
  randombytes_buf(out, crypto_secretbox_NONCEBYTES);
  crypto_secretbox_easy(out + crypto_secretbox_NONCEBYTES, raw(plain), plain.size(), out, raw(key_.reveal()));
  return sealed;
}

Result<Secret> SecretBox::open(const std::string& sealed) const {
  constexpr std::size_t kOverhead = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
  if (sealed.size() >= kOverhead) {
    std::string plain(sealed.size() - kOverhead, '\0');
    if (crypto_secretbox_open_easy(
            reinterpret_cast<unsigned char*>(plain.data()), raw(sealed) + crypto_secretbox_NONCEBYTES,
            sealed.size() - crypto_secretbox_NONCEBYTES, raw(sealed), raw(key_.reveal())) == 0) {
      return Secret(std::move(plain));
    }
  }
  return fail(ErrorCode::kCorrupt, "the stored secret was made with another key file; enter it again");
}

std::string SecretBox::seal_text(const std::string& plain) const {
  const std::string sealed = seal(plain);
  std::string out(sodium_base64_encoded_len(sealed.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(out.data(), out.size(), raw(sealed), sealed.size(),
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  out.pop_back();  // the terminating NUL
  return out;
}

Result<Secret> SecretBox::open_text(const std::string& text) const {
  std::string sealed(text.size(), '\0');
  std::size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(sealed.data()), sealed.size(), text.data(),
                        text.size(), nullptr, &size, nullptr,
                        sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0) {
    return fail(ErrorCode::kCorrupt, "the stored secret is damaged; enter it again");
  }
  sealed.resize(size);
  return open(sealed);
}

}  // namespace vedette::store
