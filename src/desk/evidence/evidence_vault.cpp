#include "desk/evidence/evidence_vault.h"

#include <set>

#include "base/hash.h"
#include "base/id.h"
#include "base/log.h"
#include "desk/evidence/bundle.h"
#include "model/refusal.h"
#include "store/secret_box.h"

namespace vedette::desk {
namespace {

namespace fs = std::filesystem;

Result<void> check_draft(const EvidenceItem& draft) {
  const bool name = !draft.name.empty() && draft.name.size() <= EvidenceLimits::kNameBytes &&
                    std::ranges::none_of(draft.name, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (!name)
    return refuse(ErrorCode::kInvalid, "evidence.name",
                  {{"most", std::to_string(EvidenceLimits::kNameBytes)}});
  if (draft.note.size() > EvidenceLimits::kNoteBytes)
    return refuse(ErrorCode::kInvalid, "evidence.note",
                  {{"most", std::to_string(EvidenceLimits::kNoteBytes)}});
  return {};
}

std::unexpected<Error> too_large() {
  return refuse(ErrorCode::kLimit, "evidence.large",
                {{"most_mib", std::to_string(EvidenceLimits::kItemBytes >> 20)}});
}

std::int64_t bytes_of_all(const std::vector<EvidenceItem>& items) {
  std::int64_t out = 0;
  for (const auto& item : items) out += item.bytes;
  return out;
}

}  // namespace

EvidenceVault::EvidenceVault(Incidents& incidents, store::Database& database, const Clock& clock,
                             fs::path folder, Secret key, SigningKey signing_key)
    : incidents_(incidents),
      database_(database),
      clock_(clock),
      folder_(std::move(folder)),
      key_(std::move(key)),
      signing_key_(std::move(signing_key)) {}

Result<std::unique_ptr<EvidenceVault>> EvidenceVault::open(Incidents& incidents, store::Database& database,
                                                           const Clock& clock, fs::path folder,
                                                           const fs::path& master_key,
                                                           const fs::path& signing_key) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error) fs::permissions(folder, fs::perms::owner_all, error);
  if (error)
    return fail(ErrorCode::kUnavailable, fmt::format("the folder of evidence {} cannot be made: {}",
                                                     folder.string(), error.message()));
  TRY_ASSIGN(auto master, store::load_key_file(master_key));
  TRY_ASSIGN(auto signer, SigningKey::open(signing_key));
  std::unique_ptr<EvidenceVault> vault(new EvidenceVault(incidents, database, clock, std::move(folder),
                                                         store::derived_key(master, "evidence"),
                                                         std::move(signer)));
  TRY(vault->look_over());
  return vault;
}

// Removes what a stop in the middle of an intake left, and says what does not fit: files without a row, rows
// without a file. Only names that are ours are touched.
Result<void> EvidenceVault::look_over() {
  std::set<std::string> missing;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto ids, evidence_ids(session));
    missing.insert(ids.begin(), ids.end());
    return {};
  }));
  std::int64_t unknown = 0;
  std::error_code error;
  for (fs::directory_iterator at(folder_, error), end; !error && at != end; at.increment(error)) {
    const auto name = at->path().stem().string();
    std::error_code ignored;
    if (!is_id(name)) continue;
    if (at->path().extension() == ".part")
      fs::remove(at->path(), ignored);
    else if (missing.erase(name) == 0)
      ++unknown;
  }
  if (error)
    return fail(ErrorCode::kUnavailable, fmt::format("the folder of evidence {} cannot be read: {}",
                                                     folder_.string(), error.message()));
  if (unknown > 0)
    log::warn("desk", "the folder of evidence holds files that no incident has; they are kept",
              {{"file.path", folder_.string()}, {"vedette.files", unknown}});
  if (!missing.empty())
    log::error("desk", "files of evidence are missing; restore them from a backup",
               {{"file.path", folder_.string()},
                {"vedette.files", static_cast<std::int64_t>(missing.size())},
                {"vedette.first", *missing.begin()}});
  return {};
}

void EvidenceVault::drop_idle() {
  const auto now = clock_.steady();
  std::erase_if(intakes_, [&](auto& entry) {
    if (now - entry.second.last < kIdle) return false;
    std::error_code ignored;
    fs::remove(unfinished(entry.first), ignored);
    return true;
  });
}

Result<std::vector<EvidenceItem>> EvidenceVault::list(const std::string& incident_id) {
  std::vector<EvidenceItem> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY(load_incident(session, incident_id));
    TRY_ASSIGN(out, load_evidence(session, incident_id));
    return {};
  }));
  return out;
}

Result<std::string> EvidenceVault::begin(const std::string& incident_id, const EvidenceItem& draft,
                                         const std::string& by) {
  TRY(check_draft(draft));
  TRY_ASSIGN(auto there, list(incident_id));
  if (there.size() >= EvidenceLimits::kOfIncident || bytes_of_all(there) >= EvidenceLimits::kIncidentBytes)
    return refuse(ErrorCode::kLimit, "evidence.many",
                  {{"most", std::to_string(EvidenceLimits::kOfIncident)}});
  auto item = draft;
  item.id = new_id(clock_);
  item.incident_id = incident_id;
  item.taken_by = by;
  item.custody.clear();
  std::lock_guard lock(mutex_);
  drop_idle();
  if (intakes_.size() >= kIntakes) return refuse(ErrorCode::kLimit, "evidence.busy");
  TRY_ASSIGN(auto file, SealedWriter::create(unfinished(item.id), key_));
  auto id = item.id;
  intakes_.emplace(id, Intake{std::move(item), std::move(file), clock_.steady()});
  return id;
}

Result<void> EvidenceVault::part(const std::string& intake, std::int64_t offset, std::string_view bytes,
                                 const std::string& by) {
  std::lock_guard lock(mutex_);
  drop_idle();
  auto found = intakes_.find(intake);
  if (found == intakes_.end() || found->second.item.taken_by != by)
    return refuse(ErrorCode::kNotFound, "evidence.no_intake");
  auto& file = found->second.file;
  if (offset != static_cast<std::int64_t>(file.size()))
    return refuse(ErrorCode::kConflict, "evidence.offset", {{"offset", std::to_string(file.size())}});
  const bool large = offset + static_cast<std::int64_t>(bytes.size()) > EvidenceLimits::kItemBytes;
  auto written = large ? too_large() : file.write(bytes);
  if (!written) {  // a file that misses a piece is no evidence
    std::error_code ignored;
    fs::remove(unfinished(intake), ignored);
    intakes_.erase(found);
    return written;
  }
  found->second.last = clock_.steady();
  return {};
}

Result<EvidenceItem> EvidenceVault::finish(const std::string& intake, const std::string& by) {
  std::optional<Intake> whole;
  {
    std::lock_guard lock(mutex_);
    auto found = intakes_.find(intake);
    if (found == intakes_.end() || found->second.item.taken_by != by)
      return refuse(ErrorCode::kNotFound, "evidence.no_intake");
    whole.emplace(std::move(found->second));
    intakes_.erase(found);
  }
  return keep(*std::move(whole), by);
}

Result<EvidenceItem> EvidenceVault::take(const std::string& incident_id, const EvidenceItem& draft,
                                         std::string_view bytes, const std::string& by) {
  if (static_cast<std::int64_t>(bytes.size()) > EvidenceLimits::kItemBytes) return too_large();
  TRY_ASSIGN(auto intake, begin(incident_id, draft, by));
  TRY(part(intake, 0, bytes, by));
  return finish(intake, by);
}

Result<EvidenceItem> EvidenceVault::keep(Intake intake, const std::string& by) {
  auto item = std::move(intake.item);
  auto kept = intake.file.finish(path_of(item.id));
  bool row_unsure = false;
  if (kept) {
    item.bytes = static_cast<std::int64_t>(intake.file.size());
    item.sha256 = intake.file.sha256();
    item.taken_at = clock_.wall();
    item.custody = {{item.taken_at, "taken_in", by, ""}};
    auto done = incidents_.act(item.incident_id, by, Incidents::When::kOpen,
                               [&](store::Session& session, Incident& incident) -> Result<Incidents::Deed> {
                                 item.incident_id = incident.id;
                                 TRY(insert_evidence(session, item));
                                 TRY(add_custody(session, clock_, item.id, item.custody[0]));
                                 return Incidents::Deed{.kind = "evidence",
                                                        .arguments = {{"evidence", item.id},
                                                                      {"name", item.name},
                                                                      {"bytes", std::to_string(item.bytes)},
                                                                      {"sha256", item.sha256}},
                                                        .beside = true};
                               });
    if (!done) {
      kept = std::unexpected(done.error());
      row_unsure = done.error().code() == ErrorCode::kUnavailable;  // it may be there: store/database.h
    }
  }
  if (!kept) {
    std::error_code ignored;
    fs::remove(unfinished(item.id), ignored);
    if (!row_unsure) fs::remove(path_of(item.id), ignored);
    return std::unexpected(kept.error());
  }
  return item;
}

Result<std::string> EvidenceVault::bytes_of(const EvidenceItem& item) const {
  std::string out;
  TRY(read_sealed(path_of(item.id), key_, [&](std::string_view piece) -> Result<void> {
    out += piece;
    return {};
  }));
  if (sha256_hex(out) != item.sha256)
    return fail(ErrorCode::kCorrupt,
                fmt::format("{}: is not the file that was taken in", path_of(item.id).string()));
  return out;
}

Result<void> EvidenceVault::write_custody(const std::string& incident_id,
                                          const std::vector<EvidenceItem>& items, const std::string& action,
                                          const std::string& detail, const std::string& by) {
  TRY(incidents_.act(incident_id, by, Incidents::When::kAny,
                     [&](store::Session& session, Incident&) -> Result<Incidents::Deed> {
                       std::string names;
                       for (const auto& item : items) {
                         TRY(add_custody(session, clock_, item.id, {clock_.wall(), action, by, detail}));
                         if (names.size() < 1'000) names += (names.empty() ? "" : ", ") + item.name;
                       }
                       return Incidents::Deed{
                           .kind = "evidence_" + action,
                           .arguments = {{"names", names}, {"count", std::to_string(items.size())}},
                           .beside = true};
                     }));
  return {};
}

Result<std::string> EvidenceVault::view(const std::string& incident_id, const std::string& id,
                                        const std::string& by) {
  TRY_ASSIGN(auto all, list(incident_id));
  auto found = std::ranges::find(all, id, &EvidenceItem::id);
  if (found == all.end()) return refuse(ErrorCode::kNotFound, "evidence.gone");
  if (found->bytes > EvidenceLimits::kBundleBytes)
    return refuse(ErrorCode::kLimit, "evidence.too_large_to_show",
                  {{"most_mib", std::to_string(EvidenceLimits::kBundleBytes >> 20)}});
  TRY_ASSIGN(auto bytes, bytes_of(*found));
  TRY(write_custody(incident_id, {*found}, "viewed", "", by));  // before anybody has seen it
  return bytes;
}

Result<std::string> EvidenceVault::bundle(const std::string& incident_id, const std::vector<std::string>& ids,
                                          const std::string& by) {
  TRY_ASSIGN(auto items, list(incident_id));
  for (const auto& id : ids) {
    if (std::ranges::find(items, id, &EvidenceItem::id) == items.end())
      return refuse(ErrorCode::kNotFound, "evidence.gone");
  }
  if (!ids.empty())
    std::erase_if(items,
                  [&](const EvidenceItem& one) { return std::ranges::find(ids, one.id) == ids.end(); });
  if (items.empty()) return refuse(ErrorCode::kNotFound, "evidence.none");
  if (bytes_of_all(items) > EvidenceLimits::kBundleBytes)
    return refuse(ErrorCode::kLimit, "evidence.bundle_large",
                  {{"most_mib", std::to_string(EvidenceLimits::kBundleBytes >> 20)}});
  TRY_ASSIGN(auto detail, incidents_.get(incident_id));
  const BundleHead head{incident_id, detail.incident.reference, detail.incident.title, clock_.wall(), by};
  const auto why = fmt::format("bundle of {} files", items.size());
  for (auto& item : items) item.custody.push_back({head.exported_at, "exported", by, why});
  TRY_ASSIGN(auto out, write_bundle(head, items, signing_key_,
                                    [this](const EvidenceItem& item) { return bytes_of(item); }));
  TRY(write_custody(incident_id, items, "exported", why, by));
  return out;
}

}  // namespace vedette::desk
