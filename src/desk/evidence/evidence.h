// EvidenceItem: what was taken in for an incident, as a plain value and as rows, with its custody: who took
// it in, looked at it or gave it out, and when. Custody rows are only ever added. Functions run inside the
// caller's transaction or snapshot.
#pragma once

#include "desk/incidents/incident.h"

namespace vedette::desk {

struct CustodyEntry {
  WallTime at{};
  std::string action = {};  // "taken_in", "viewed", "exported"
  std::string by = {};
  std::string detail = {};
  bool operator==(const CustodyEntry&) const = default;
};

struct EvidenceItem {
  std::string id = {}, incident_id = {};
  std::string kind = {};    // "file", "snapshot", "events"
  std::string name = {};    // of the file, for the person
  std::string origin = {};  // where it came from: a snapshot's id, a search
  std::string note = {};
  Tlp tlp = Tlp::kAmber;
  std::int64_t bytes = 0;
  std::string sha256 = {};  // of the plain bytes, taken while they came in
  WallTime taken_at{};
  std::string taken_by = {};
  std::vector<CustodyEntry> custody = {};  // oldest first
  bool operator==(const EvidenceItem&) const = default;
};

struct EvidenceLimits {
  static constexpr std::int64_t kItemBytes = 512LL << 20, kIncidentBytes = 8LL << 30,
                                kBundleBytes = 128LL << 20;
  static constexpr std::size_t kPartBytes = 1 << 20;  // of an upload, at a time
  static constexpr std::size_t kNameBytes = 200, kNoteBytes = 2'000, kOfIncident = 500;
};

// Of the incident and of those merged into it, oldest first, with their custody.
Result<std::vector<EvidenceItem>> load_evidence(store::Session& session, const std::string& incident_id);
Result<void> insert_evidence(store::Session& session, const EvidenceItem& item);
Result<void> add_custody(store::Session& session, const Clock& clock, const std::string& evidence_id,
                         const CustodyEntry& entry);
Result<std::vector<std::string>> evidence_ids(store::Session& session);  // all

}  // namespace vedette::desk
