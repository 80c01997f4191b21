// EvidenceVault: takes evidence in, keeps it sealed, shows it and gives it out.
//
// An intake is begun, given its bytes part by part and finished: then the file is on the disk, and row,
// custody, timeline and audit row are one transaction. An intake lives in memory: after a restart it begins
// anew, and what it left is removed by open(). A finished file is never removed, even without a row: the
// database may have been restored from an older backup. At most kIntakes at once, each for kIdle without a
// part. Thread-safe; blocks for the disk.
#pragma once

#include <map>
#include <mutex>

#include "base/signature.h"
#include "desk/evidence/evidence.h"
#include "desk/evidence/sealed_file.h"
#include "desk/incidents/incidents.h"

namespace vedette::desk {

class EvidenceVault {
 public:
  static constexpr std::size_t kIntakes = 8;
  static constexpr std::chrono::minutes kIdle{10};

  // `folder` is made (0700). `master_key` is the desk's key file, `signing_key` the file of the key that
  // bundles are signed with; both are made when missing.
  static Result<std::unique_ptr<EvidenceVault>> open(Incidents& incidents, store::Database& database,
                                                     const Clock& clock, std::filesystem::path folder,
                                                     const std::filesystem::path& master_key,
                                                     const std::filesystem::path& signing_key);

  Result<std::vector<EvidenceItem>> list(const std::string& incident_id);
  const std::string& public_key() const { return signing_key_.public_key(); }

  // Kind, name, origin, note and TLP are taken from `draft`. The id of the intake.
  Result<std::string> begin(const std::string& incident_id, const EvidenceItem& draft, const std::string& by);
  // `offset` is what has come so far: a part that is sent twice is refused (kConflict) and nothing is lost.
  // kLimit: larger than evidence may be; the intake is over.
  Result<void> part(const std::string& intake, std::int64_t offset, std::string_view bytes,
                    const std::string& by);
  Result<EvidenceItem> finish(const std::string& intake, const std::string& by);
  // All of it at once.
  Result<EvidenceItem> take(const std::string& incident_id, const EvidenceItem& draft, std::string_view bytes,
                            const std::string& by);

  // The bytes, and a custody row that says who looked; kLimit: larger than one answer may be (kBundleBytes).
  // kCorrupt: the file is not what was taken in (also another one of the vault in its place).
  Result<std::string> view(const std::string& incident_id, const std::string& id, const std::string& by);
  // A sealed bundle (bundle.h) of these, or of all when none is named; a custody row for each.
  Result<std::string> bundle(const std::string& incident_id, const std::vector<std::string>& ids,
                             const std::string& by);

 private:
  struct Intake {
    EvidenceItem item;
    SealedWriter file;
    SteadyTime last{};
  };
  EvidenceVault(Incidents& incidents, store::Database& database, const Clock& clock,
                std::filesystem::path folder, Secret key, SigningKey signing_key);
  std::filesystem::path path_of(const std::string& id) const { return folder_ / id; }
  std::filesystem::path unfinished(const std::string& id) const { return folder_ / (id + ".part"); }
  Result<void> look_over();
  void drop_idle();  // with mutex_ held
  Result<EvidenceItem> keep(Intake intake, const std::string& by);
  Result<std::string> bytes_of(const EvidenceItem& item) const;
  Result<void> write_custody(const std::string& incident_id, const std::vector<EvidenceItem>& items,
                             const std::string& action, const std::string& detail, const std::string& by);

  Incidents& incidents_;
  store::Database& database_;
  const Clock& clock_;
  const std::filesystem::path folder_;
  const Secret key_;
  const SigningKey signing_key_;
  std::mutex mutex_;
  std::map<std::string, Intake> intakes_;
};

}  // namespace vedette::desk
