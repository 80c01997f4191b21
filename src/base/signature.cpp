#include "base/signature.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "base/assert.h"
#include "base/text/base64.h"

namespace vedette {
namespace {

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* room_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// Durable and whole, or not there.
Result<void> write_seed(const std::filesystem::path& file, const std::string& text) {
  auto next = file.string() + ".new";
  int fd = ::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  bool written = fd >= 0 && ::fchmod(fd, 0600) == 0 &&
                 ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                 ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (!written || ::rename(next.c_str(), file.c_str()) != 0)
    return fail(ErrorCode::kUnavailable,
                file.string() + " cannot be written; check the disk and the folder's owner");
  return {};
}

}  // namespace

Result<SigningKey> SigningKey::open(const std::filesystem::path& file) {
  if (sodium_init() < 0) return fail(ErrorCode::kInternal, "libsodium did not start");
  std::error_code error;
  if (!std::filesystem::exists(file, error)) {
    std::string seed(crypto_sign_SEEDBYTES, '\0');
    randombytes_buf(seed.data(), seed.size());
    TRY(write_seed(file, base64_encode(seed) + "\n"));
  }
  std::ifstream in(file);
  std::string line(128, '\0');
  in.read(line.data(), static_cast<std::streamsize>(line.size()));
  line.resize(static_cast<std::size_t>(in.gcount()));
  auto seed = base64_decode(line);
  if (seed.size() != crypto_sign_SEEDBYTES)
    return fail(ErrorCode::kCorrupt, file.string() + " holds no Ed25519 key; put it back from a backup");
  std::string public_key(crypto_sign_PUBLICKEYBYTES, '\0'), secret(crypto_sign_SECRETKEYBYTES, '\0');
  crypto_sign_seed_keypair(room_of(public_key), room_of(secret), bytes_of(seed));
  return SigningKey(Secret(std::move(secret)), base64_encode(public_key));
}

std::string SigningKey::sign(std::string_view bytes) const {
  std::string out(crypto_sign_BYTES, '\0');
  VEDETTE_ASSERT(crypto_sign_detached(room_of(out), nullptr, bytes_of(bytes), bytes.size(),
                                      bytes_of(secret_.reveal())) == 0);
  return base64_encode(out);
}

bool signature_fits(std::string_view public_key, std::string_view bytes, std::string_view signature) {
  auto key = base64_decode(public_key), given = base64_decode(signature);
  return sodium_init() >= 0 && key.size() == crypto_sign_PUBLICKEYBYTES &&
         given.size() == crypto_sign_BYTES &&
         crypto_sign_verify_detached(bytes_of(given), bytes_of(bytes), bytes.size(), bytes_of(key)) == 0;
}

}  // namespace vedette
