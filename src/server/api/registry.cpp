// The table of every operation of the API, and of the shapes they share.
#include "server/api/api.h"
#include "server/api/shapes.h"

namespace vedette::server {

std::vector<Operation> all_operations(Api& api) {
  std::vector<Operation> out;
  for (auto* family : {session_operations, setup_operations, site_operations, site_history_operations,
                       site_answer_operations, alert_operations, alert_action_operations, channel_operations,
                       user_operations, token_operations, enrolment_operations, audit_operations,
                       health_operations, tour_operations, meta_operations}) {
    auto rows = family(api);
    std::ranges::move(rows, std::back_inserter(out));
  }
  return out;
}

Components all_components() {
  return {{"Session", session_shape()},
          {"Site", site_shape()},
          {"SiteDetail", site_detail_shape()},
          {"Check", check_shape()},
          {"Snapshot", snapshot_shape()},
          {"Ignore", ignore_shape()},
          {"Alert", alert_shape()},
          {"AlertDetail", alert_detail_shape()},
          {"Channel", channel_shape()},
          {"Ladder", ladder_shape()},
          {"User", user_shape()},
          {"Token", token_shape()},
          {"Mail", mail_shape()},
          {"AuditEntry", audit_shape()},
          {"Health", health_shape()},
          {"Tour", tour_shape()}};
}

sites::SiteWatch::Alongside Api::audited(const Call& call, std::string_view action,
                                         const boost::json::object& detail) const {
  return [at = clock.wall(), by = call.who.name, action = std::string(action),
          detail = boost::json::serialize(detail)](store::Session& session, const std::string& site_id) {
    return desk::append_audit(session, at, by, action, "site/" + site_id, detail);
  };
}

Result<void> Api::audit(const Call& call, std::string_view action, const std::string& object,
                        const boost::json::object& detail) const {
  return desk.audit(call.who.name, std::string(action), object, boost::json::serialize(detail));
}

}  // namespace vedette::server
