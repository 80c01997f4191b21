// DeskCore: reading alerts and what a person does with them.
#include "desk/alert_query.h"
#include "desk/desk_core.h"
#include "desk/retention.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

constexpr int kForgetStepsMax = 20;  // transactions in one call

}  // namespace

Result<Listing<Alert>> DeskCore::alerts(const AlertQuery& query) {
  Listing<Alert> listing;
  TRY(read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(listing, list_alerts(session, *context_, query));
    return {};
  }));
  return listing;
}

Result<std::vector<Facet>> DeskCore::facets(const AlertQuery& query) {
  std::vector<Facet> facets;
  TRY(read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(facets, count_facets(session, *context_, query));
    return {};
  }));
  return facets;
}

Result<Alert> DeskCore::alert(const std::string& id) {
  Alert alert;
  TRY(read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto record, load_alert(session, due_, id));
    alert = std::move(record.alert);
    return {};
  }));
  return alert;
}

Result<std::vector<Finding>> DeskCore::findings(const std::string& alert_id, std::size_t limit) {
  std::vector<Finding> findings;
  TRY(read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(findings, load_findings(session, alert_id, limit));
    return {};
  }));
  return findings;
}

Result<std::vector<TimelineEntry>> DeskCore::timeline(const std::string& alert_id) {
  std::vector<TimelineEntry> entries;
  TRY(read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(entries, load_timeline(session, alert_id));
    return {};
  }));
  return entries;
}

Result<std::vector<Notification>> DeskCore::notifications(const std::string& alert_id) {
  std::vector<Notification> notifications;
  TRY(read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(notifications, load_notifications(session, alert_id));
    return {};
  }));
  return notifications;
}

Result<Alert> DeskCore::triage(const std::string& by, const std::function<Result<Alert>(Triage&)>& act) {
  Alert alert;
  TRY(write([&](store::Session& session) -> Result<void> {
    Triage triage{session, *context_, by};
    TRY_ASSIGN(alert, act(triage));
    return {};
  }));
  tell(alert.id);
  return alert;
}

Result<Alert> DeskCore::acknowledge(const std::string& id, const std::string& by, const std::string& note) {
  return triage(by, [&](Triage& t) { return t.acknowledge(id, note); });
}
Result<Alert> DeskCore::unacknowledge(const std::string& id, const std::string& by) {
  return triage(by, [&](Triage& t) { return t.unacknowledge(id); });
}
Result<Alert> DeskCore::snooze(const std::string& id, WallTime until, const std::string& by) {
  return triage(by, [&](Triage& t) { return t.snooze(id, until); });
}
Result<Alert> DeskCore::unsnooze(const std::string& id, const std::string& by) {
  return triage(by, [&](Triage& t) { return t.unsnooze(id); });
}
Result<Alert> DeskCore::close(const std::string& id, Resolution resolution, const std::string& note,
                              const std::string& by) {
  return triage(by, [&](Triage& t) { return t.close(id, resolution, note); });
}
Result<Alert> DeskCore::reopen(const std::string& id, const std::string& by) {
  return triage(by, [&](Triage& t) { return t.reopen(id); });
}
Result<Alert> DeskCore::merge(const std::string& id, const std::string& into, const std::string& by) {
  auto merged = triage(by, [&](Triage& t) { return t.merge(id, into); });
  if (merged) tell(merged->merged_into);
  return merged;
}
Result<Alert> DeskCore::unmerge(const std::string& id, const std::string& by) {
  return triage(by, [&](Triage& t) { return t.unmerge(id); });
}

Result<Alert> DeskCore::alert_by_link(const std::string& token) {
  Alert alert;
  TRY(read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto notification, notification_by_link(session, token));
    TRY_ASSIGN(auto record, load_alert(session, due_, notification.alert_id));
    alert = std::move(record.alert);
    return {};
  }));
  return alert;
}

Result<Alert> DeskCore::acknowledge_by_link(const std::string& token) {
  constexpr std::size_t kAtOnce = 100;  // alerts in one transaction: others must get their turn to write
  Alert alert;
  std::string by;
  std::vector<std::string> bundled;
  TRY(write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto notification, notification_by_link(session, token));
    TRY_ASSIGN(auto record, load_alert(session, due_, notification.alert_id));
    if (record.alert.cycle != notification.cycle) {
      return refuse(ErrorCode::kConflict, "alert.link_old");
    }
    by = "link/" + notification.target;
    Triage triage{session, *context_, by};
    TRY_ASSIGN(alert, triage.acknowledge(notification.alert_id, ""));
    TRY_ASSIGN(bundled, alerts_of_bundle(session, notification.id));
    return {};
  }));
  tell(alert.id);
  for (std::size_t begin = 0; begin < bundled.size(); begin += kAtOnce) {
    auto end = std::min(begin + kAtOnce, bundled.size());
    TRY(write([&](store::Session& session) -> Result<void> {
      Triage triage{session, *context_, by};
      for (auto i = begin; i < end; ++i) {
        // Closed or merged meanwhile: nothing to answer any more.
        auto one = triage.acknowledge(bundled[i], "");
        if (!one && one.error().code() != ErrorCode::kConflict) return std::unexpected(one.error());
      }
      return {};
    }));
    for (auto i = begin; i < end; ++i) tell(bundled[i]);
  }
  return alert;
}

Result<bool> DeskCore::keeps_evidence(const std::string& sha256) {
  bool kept = false;
  TRY(read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(kept, evidence_is_kept(session, sha256));
    return {};
  }));
  return kept;
}

Result<std::int64_t> DeskCore::forget_closed(WallTime closed_before) {
  std::int64_t gone = 0;
  for (int step = 0; step < kForgetStepsMax; ++step) {
    Forgotten forgotten;
    TRY(write([&](store::Session& session) -> Result<void> {
      TRY_ASSIGN(forgotten, desk::forget_closed(session, *context_, closed_before));
      return {};
    }));
    gone += forgotten.alerts;
    if (!forgotten.more) break;
  }
  return gone;
}

}  // namespace vedette::desk
