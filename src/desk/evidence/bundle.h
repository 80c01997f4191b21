// A sealed bundle: evidence as it leaves the house, so that whoever gets it can prove that nothing was
// changed.
//
// A tar file (POSIX ustar): manifest.json first, then manifest.sig (Ed25519 over the bytes of manifest.json,
// base64), then each file under files/. The manifest names the incident, who exported it, the public key, and
// of each file its size, SHA-256 and custody. The reader takes only this form: its bytes are a stranger's.
// Any thread.
#pragma once

#include "base/signature.h"
#include "desk/evidence/evidence.h"

namespace vedette::desk {

struct BundleLimits {
  static constexpr std::size_t kManifestBytes = 8u << 20, kFiles = EvidenceLimits::kOfIncident;
};

struct BundleHead {
  std::string incident_id = {}, reference = {}, title = {};
  WallTime exported_at{};
  std::string exported_by = {};
};

// Gives the plain bytes of an item.
using ReadEvidence = std::function<Result<std::string>(const EvidenceItem&)>;
Result<std::string> write_bundle(const BundleHead& head, const std::vector<EvidenceItem>& items,
                                 const SigningKey& key, const ReadEvidence& read);

struct VerifiedBundle {
  std::string public_key = {};  // of whoever signed
  std::string reference = {}, exported_at = {}, exported_by = {};
  std::vector<std::pair<std::string, std::string>> files = {};  // name, SHA-256
};
// Reads a bundle piece by piece: `more` gives the next bytes (empty at the end). kCorrupt: says what does not
// fit; kInvalid: no bundle. With `public_key` the bundle must be signed with that key, else with the one it
// names itself: then it proves only that nothing was changed since somebody made it.
Result<VerifiedBundle> verify_bundle(const std::function<Result<std::string>()>& more,
                                     const std::string& public_key);

}  // namespace vedette::desk
