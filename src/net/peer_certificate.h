// Certificates of a TLS peer as plain values. Only .cpp files of src/net include this.
#pragma once

#include <openssl/x509.h>

#include "net/fetcher.h"

namespace vedette::net {

inline constexpr std::size_t kChainCertificatesMax = 16;
inline constexpr std::size_t kCertificateNamesMax = 512;

PeerCertificate describe_certificate(X509& certificate);
// Leaf first, as the peer sent them; `leaf` may be part of `sent` or not.
std::vector<PeerCertificate> describe_chain(X509* leaf, STACK_OF(X509) * sent);

}  // namespace vedette::net
