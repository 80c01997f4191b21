// Trust store: the private certificate authorities of a site, told to the Chromium that opens it.
//
// Chromium on Linux trusts, beside its own root list, what the NSS database in its user's home says
// (https://chromium.googlesource.com/chromium/src/+/main/docs/linux/cert_management.md). So Chromium itself
// verifies every chain, with names, dates and constraints, as the browser of a visitor does in whose
// organisation this authority is installed; nothing is told to ignore an error. The database is written by
// NSS's own certutil (Debian: libnss3-tools) and lies in the throw-away home of one Chromium, which is used
// only for sites that name the same file.
//
// Blocks for as long as certutil runs, at most kCertutilTime for each of its two runs. Stateless, any thread.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::sites {

inline constexpr std::size_t kTrustedMax = 256;  // certificates in one file
inline constexpr std::size_t kTrustFileBytesMax = 1 << 20;
inline constexpr std::chrono::seconds kCertutilTime{20};

// The certificates of a PEM file, each with its two lines; what stands between them is left out.
// kInvalid: none, too many, or one without an end.
Result<std::vector<std::string>> pem_certificates(std::string_view text);

// Makes the database in `home`, which nobody else may write to yet. kUnsupported: there is no certutil.
Result<void> make_trust_store(const std::filesystem::path& home, const std::filesystem::path& ca_file);

}  // namespace vedette::sites
