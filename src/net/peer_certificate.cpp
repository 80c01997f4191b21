#include "net/peer_certificate.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <ctime>

namespace vedette::net {
namespace {

std::string hex(const unsigned char* bytes, unsigned length) {
  std::string out;
  for (unsigned i = 0; i < length; ++i) out += fmt::format("{:02x}", bytes[i]);
  return out;
}

std::string name_text(const X509_NAME* name) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), &BIO_free);
  if (!memory) return {};
  X509_NAME_print_ex(memory.get(), name, 0,
                     XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
  char* text = nullptr;
  const long length = BIO_get_mem_data(memory.get(), &text);
  return length > 0 ? std::string(text, static_cast<std::size_t>(length)) : std::string();
}

WallTime time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return WallTime(std::chrono::seconds(timegm(&parts)));
}

void read_names(const X509& certificate, std::vector<std::string>& out) {
  auto* names =
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr));
  if (names == nullptr) return;
  for (int i = 0; i < sk_GENERAL_NAME_num(names) && out.size() < kCertificateNamesMax; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type == GEN_DNS) {
      out.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                       static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
    } else if (name->type == GEN_IPADD) {
      const int length = ASN1_STRING_length(name->d.iPAddress);
      char text[INET6_ADDRSTRLEN] = "";
      if (length != 4 && length != 16) continue;
      if (inet_ntop(length == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(name->d.iPAddress), text,
                    sizeof text)) {
        out.emplace_back(text);
      }
    }
  }
  GENERAL_NAMES_free(names);
}

}  // namespace

PeerCertificate describe_certificate(X509& certificate) {
  PeerCertificate out;
  out.subject = name_text(X509_get_subject_name(&certificate));
  out.issuer = name_text(X509_get_issuer_name(&certificate));
  out.not_before = time_of(X509_get0_notBefore(&certificate));
  out.not_after = time_of(X509_get0_notAfter(&certificate));
  read_names(certificate, out.names);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  if (X509_digest(&certificate, EVP_sha256(), digest, &length) == 1) out.sha256 = hex(digest, length);
  unsigned char* key = nullptr;
  const int key_length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(&certificate), &key);
  if (key_length > 0 &&
      EVP_Digest(key, static_cast<std::size_t>(key_length), digest, &length, EVP_sha256(), nullptr) == 1) {
    out.key_sha256 = hex(digest, length);
  }
  OPENSSL_free(key);
  return out;
}

std::vector<PeerCertificate> describe_chain(X509* leaf, STACK_OF(X509) * sent) {
  std::vector<PeerCertificate> chain;
  if (leaf != nullptr) chain.push_back(describe_certificate(*leaf));
  for (int i = 0; sent != nullptr && i < sk_X509_num(sent) && chain.size() < kChainCertificatesMax; ++i) {
    X509* each = sk_X509_value(sent, i);
    if (leaf == nullptr || X509_cmp(each, leaf) != 0) chain.push_back(describe_certificate(*each));
  }
  return chain;
}

}  // namespace vedette::net
