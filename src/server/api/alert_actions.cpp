// /alerts/{id}/…: what an analyst does with an alert. The desk audits each itself.
#include "model/refusal.h"
#include "server/api/alert_json.h"
#include "server/api/api.h"
#include "server/api/shapes.h"

namespace vedette::server {
using namespace shape;

namespace {

using Act = std::function<Result<desk::Alert>(const Call&, const std::string& id)>;

Operation action(std::string_view path, std::string_view id, std::string_view summary,
                 std::optional<Schema> request, Act act) {
  return {.method = net::Method::kPost,
          .path = path,
          .id = id,
          .tag = "alerts",
          .summary = summary,
          .role = Role::kAnalyst,
          .request = std::move(request),
          .response = reference("Alert"),
          .handler = [act = std::move(act)](const Call& call) -> Result<net::Response> {
            TRY_ASSIGN(auto alert, act(call, call.parameter("id")));
            return json_response(200, alert_json(alert, call.language));
          }};
}

}  // namespace

std::vector<Operation> alert_action_operations(Api& api) {
  desk::Desk* desk = &api.desk;
  const Clock* clock = &api.clock;
  auto empty = object({});
  return {
      action("/alerts/{id}/acknowledge", "acknowledgeAlert", "I take care of it: the ladder stops",
             object({optional("note", nullable(text(2000)))}),
             [desk](const Call& call, const std::string& id) {
               return desk->acknowledge(id, call.who.name, call.text_or("note", ""));
             }),
      action(
          "/alerts/{id}/unacknowledge", "unacknowledgeAlert", "Give it back: the ladder goes on", empty,
          [desk](const Call& call, const std::string& id) { return desk->unacknowledge(id, call.who.name); }),
      action("/alerts/{id}/snooze", "snoozeAlert", "Let it sleep until a time",
             object({required("until", time())}),
             [desk, clock](const Call& call, const std::string& id) -> Result<desk::Alert> {
               TRY_ASSIGN(auto until, parse_rfc3339(*call.text("until")));
               if (until <= clock->wall()) return refuse(ErrorCode::kInvalid, "alert.past");
               return desk->snooze(id, until, call.who.name);
             }),
      action("/alerts/{id}/unsnooze", "unsnoozeAlert", "Wake it", empty,
             [desk](const Call& call, const std::string& id) { return desk->unsnooze(id, call.who.name); }),
      action(
          "/alerts/{id}/close", "closeAlert", "Close it with what it was",
          object({required("resolution", one_of({"true_positive", "false_positive", "benign", "duplicate"})),
                  optional("note", nullable(text(2000)))}),
          [desk](const Call& call, const std::string& id) {
            return desk->close(id, *desk::resolution_from(*call.text("resolution")), call.text_or("note", ""),
                               call.who.name);
          }),
      action("/alerts/{id}/reopen", "reopenAlert", "Open it again", empty,
             [desk](const Call& call, const std::string& id) { return desk->reopen(id, call.who.name); }),
      action("/alerts/{id}/merge", "mergeAlert", "It is the same as another",
             object({required("into", id())}),
             [desk](const Call& call, const std::string& id) {
               return desk->merge(id, *call.text("into"), call.who.name);
             }),
      action("/alerts/{id}/unmerge", "unmergeAlert", "It is its own again", empty,
             [desk](const Call& call, const std::string& id) { return desk->unmerge(id, call.who.name); }),
  };
}

}  // namespace vedette::server
