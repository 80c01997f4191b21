#include "desk/evidence/evidence.h"

#include "base/id.h"
#include "desk/incidents/incident_store.h"

namespace vedette::desk {

Result<std::vector<EvidenceItem>> load_evidence(store::Session& session, const std::string& incident_id) {
  TRY_ASSIGN(auto rows,
             session.query(
                 fmt::format("{} SELECT id, incident_id, kind, name, origin, note, tlp, bytes, sha256, "
                             "taken_at, taken_by FROM incident_evidence WHERE incident_id IN (SELECT id FROM "
                             "family) ORDER BY taken_at, id LIMIT ?",
                             kIncidentFamily),
                 {incident_id, std::int64_t{EvidenceLimits::kOfIncident} * 10}));
  std::vector<EvidenceItem> out;
  for (const auto& row : rows) {
    auto tlp = tlp_from(row.text(6));
    if (!tlp) return fail(ErrorCode::kCorrupt, fmt::format("the stored evidence {} is damaged", row.text(0)));
    out.push_back({row.text(0),
                   row.text(1),
                   row.text(2),
                   row.text(3),
                   row.text(4),
                   row.text(5),
                   *tlp,
                   row.integer(7),
                   row.text(8),
                   from_unix_ms(row.integer(9)),
                   row.text(10),
                   {}});
  }
  for (auto& item : out) {
    TRY_ASSIGN(auto custody, session.query("SELECT at, action, actor, detail FROM evidence_custody WHERE "
                                           "evidence_id = ? ORDER BY at, id",
                                           {item.id}));
    for (const auto& row : custody)
      item.custody.push_back({from_unix_ms(row.integer(0)), row.text(1), row.text(2), row.text(3)});
  }
  return out;
}

Result<void> insert_evidence(store::Session& session, const EvidenceItem& item) {
  TRY(session.execute(
      "INSERT INTO incident_evidence(id, incident_id, kind, name, origin, note, tlp, bytes, sha256, "
      "taken_at, taken_by) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
      {item.id, item.incident_id, item.kind, item.name, item.origin, item.note,
       std::string(to_string(item.tlp)), item.bytes, item.sha256, to_unix_ms(item.taken_at), item.taken_by}));
  return {};
}

Result<void> add_custody(store::Session& session, const Clock& clock, const std::string& evidence_id,
                         const CustodyEntry& entry) {
  TRY(session.execute(
      "INSERT INTO evidence_custody(id, evidence_id, at, action, actor, detail) VALUES (?,?,?,?,?,?)",
      {new_id(clock), evidence_id, to_unix_ms(entry.at), entry.action, entry.by, entry.detail}));
  return {};
}

Result<std::vector<std::string>> evidence_ids(store::Session& session) {
  TRY_ASSIGN(auto rows, session.query("SELECT id FROM incident_evidence"));
  std::vector<std::string> out;
  for (const auto& row : rows) out.push_back(row.text(0));
  return out;
}

}  // namespace vedette::desk
