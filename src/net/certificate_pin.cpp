#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/text/base64.h"
#include "net/http_client.h"

namespace vedette::net {

Result<std::string> certificate_pin(const std::string& certificate_path) {
  std::unique_ptr<BIO, decltype(&BIO_free_all)> file(BIO_new_file(certificate_path.c_str(), "r"),
                                                     BIO_free_all);
  std::unique_ptr<X509, decltype(&X509_free)> certificate(
      file ? PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr) : nullptr, X509_free);
  unsigned char* der = nullptr;
  int length = certificate ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &der) : -1;
  if (length < 0)
    return fail(ErrorCode::kInvalid,
                fmt::format("{}: no PEM certificate can be read from it", certificate_path));
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int digest_length = 0;
  int digested =
      EVP_Digest(der, static_cast<std::size_t>(length), digest, &digest_length, EVP_sha256(), nullptr);
  OPENSSL_free(der);
  if (digested != 1) return fail(ErrorCode::kInternal, "OpenSSL has no SHA-256");
  return "sha256//" + base64_encode({reinterpret_cast<const char*>(digest), digest_length});
}

}  // namespace vedette::net
