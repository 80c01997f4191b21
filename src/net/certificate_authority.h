// CertificateAuthority: the server's own authority for its agents, and what an agent needs to ask it. Keys
// are EC P-256, files are PEM, key files are 0600 and never leave the machine that made them.
//
// The authority signs a request's public key and nothing else of it: names, dates and uses are the caller's,
// so a request cannot ask for more. Errors name the file and what to do. Thread-safe after open().
#pragma once

#include <openssl/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace vedette::net {

inline constexpr std::size_t kSigningRequestBytesMax = 8 * 1024;

enum class CertificateUse { kClient, kServer };

struct IssuedCertificate {
  std::string pem;
  std::string sha256;  // of the DER, hex: what Request::client_certificate shows
  WallTime not_after{};
};

class CertificateAuthority {
 public:
  // Reads <folder>/authority.{pem,key}, or makes them: valid for twenty years.
  static Result<CertificateAuthority> open(const std::filesystem::path& folder, const Clock& clock);
  CertificateAuthority(CertificateAuthority&&) noexcept;
  ~CertificateAuthority();

  // kInvalid: no PKCS #10 request in PEM of an EC P-256 key that signed it, or longer than
  // kSigningRequestBytesMax.
  Result<IssuedCertificate> sign(std::string_view request_pem, const std::string& common_name,
                                 CertificateUse use, WallTime from, WallTime until) const;
  const std::filesystem::path& certificate_path() const { return certificate_path_; }

 private:
  struct Keys;
  explicit CertificateAuthority(std::unique_ptr<Keys> keys, std::filesystem::path certificate_path);
  std::unique_ptr<Keys> keys_;
  std::filesystem::path certificate_path_;
};

// A new key in `key_file` (0600; it must not exist) and the request for its certificate, in PEM.
Result<std::string> make_signing_request(const std::filesystem::path& key_file);
std::string certificate_sha256(const X509& certificate);

struct CertificateFacts {
  std::string sha256;  // as in IssuedCertificate
  WallTime not_before{}, not_after{};
};
// Of the first certificate in PEM text. kInvalid: there is none.
Result<CertificateFacts> certificate_facts(const std::string& pem);

}  // namespace vedette::net
