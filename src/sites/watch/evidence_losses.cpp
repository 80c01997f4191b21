#include "sites/watch/evidence_losses.h"

#include <boost/json.hpp>

#include "sites/watch/json_reader.h"
#include "sites/watch/site_store.h"

namespace vedette::sites {
namespace {

namespace json = boost::json;
constexpr std::chrono::hours kCalm{1};
constexpr std::string_view kPart = "evidence_losses";
constexpr std::string_view kNoSite;
const Asset kAsset{"service", "site-watch", "Vedette"};

Condition about(std::string kind, Severity severity, std::string reason,
                std::map<std::string, std::string> arguments) {
  Condition c;
  c.severity = severity;
  c.confidence = 100;
  c.title = {"sites." + kind, arguments};
  c.reason = {std::move(reason), arguments};
  c.next_step = {"sites." + kind + ".next", std::move(arguments)};
  c.kind = std::move(kind);
  return c;
}

Condition room_condition(Severity severity, const SnapshotRoom& room) {
  return about("evidence_room", severity,
               severity == Severity::kHigh ? "sites.evidence_room.full" : "sites.evidence_room.reason",
               {{"count", std::to_string(room.taken_early)},
                {"room", std::to_string(room.bytes_max >> 20)},
                {"used", std::to_string(room.bytes >> 20)}});
}

Condition unwritten_condition(std::uint64_t count) {
  return about("evidence_unwritten", Severity::kHigh, "sites.evidence_unwritten.reason",
               {{"count", std::to_string(count)}});
}

}  // namespace

EvidenceLosses::EvidenceLosses(store::Database& database, const SnapshotFolder& folder, const Clock& clock,
                               Metrics& metrics)
    : database_(database),
      folder_(folder),
      clock_(clock),
      unwritten_(
          metrics.counter("vedette_sites_snapshots_unwritten_total", "Snapshots that could not be written")),
      taken_early_(metrics.counter("vedette_sites_snapshots_early_total",
                                   "Snapshots removed before their time because the room for them was full")),
      bytes_(metrics.gauge("vedette_sites_snapshot_bytes", "What the snapshots take on disk")) {}

// What the desk knows already is not told again.
Result<void> EvidenceLosses::restore() {
  if (restored_) return {};
  std::string stored;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(stored, load_part(session, std::string(kNoSite), std::string(kPart)));
    return {};
  }));
  int room = 0, unwritten = 0;
  read_part(stored, [&](const JsonReader& part) {
    part.get("room", room);
    part.get("unwritten", unwritten);
  });
  if (room > 0) {
    auto severity = room >= static_cast<int>(Severity::kHigh) ? Severity::kHigh : Severity::kMedium;
    (void)open_.answer(Question::kRoom, {room_condition(severity, {})}, kAsset, clock_);
  }
  if (unwritten > 0) {
    (void)open_.answer(Question::kEvidence, {unwritten_condition(0)}, kAsset, clock_);
    failed_at_ = clock_.steady();
  }
  restored_ = true;
  return {};
}

Result<bool> EvidenceLosses::answer(Question question, std::optional<Condition> condition) {
  std::vector<Condition> now;
  if (condition) now.push_back(*std::move(condition));
  auto next = open_;
  auto findings = next.answer(question, std::move(now), kAsset, clock_);
  if (findings.empty()) return false;
  auto severity = [&](Question one) { return next.open(one) ? static_cast<int>(next.worst(one)) : 0; };
  auto part = json::serialize(
      json::object{{"room", severity(Question::kRoom)}, {"unwritten", severity(Question::kEvidence)}});
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    for (const auto& finding : findings) TRY(insert_report(session, std::string(kNoSite), finding));
    return save_part(session, std::string(kNoSite), std::string(kPart), part);
  }));
  open_ = std::move(next);
  return true;
}

Result<bool> EvidenceLosses::room(const SnapshotRoom& room) {
  TRY(restore());
  bytes_.set(static_cast<double>(room.bytes));
  taken_early_.add(static_cast<double>(room.taken_early));
  taken_early_count_ += static_cast<std::uint64_t>(room.taken_early);
  beyond_ = room.beyond;
  if (room.beyond > 0) return answer(Question::kRoom, room_condition(Severity::kHigh, room));
  if (room.taken_early > 0) return answer(Question::kRoom, room_condition(Severity::kMedium, room));
  if (room.bytes > room.bytes_max / 10 * 9) return false;  // between the two: neither begins nor ends
  return answer(Question::kRoom, std::nullopt);
}

Result<bool> EvidenceLosses::look() {
  TRY(restore());
  auto failed = folder_.failed();
  if (failed != seen_) {
    unwritten_.add(static_cast<double>(failed - seen_));
    seen_ = failed;
    failed_at_ = clock_.steady();
  }
  if (failed_at_ && clock_.steady() - *failed_at_ < kCalm)
    return answer(Question::kEvidence, unwritten_condition(failed));
  failed_at_.reset();
  return answer(Question::kEvidence, std::nullopt);
}

}  // namespace vedette::sites
