#include "server/api/freeze.h"

#include "base/assert.h"
#include "server/api/api.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {

constexpr std::string_view kFreezeReason = "freeze_reason";

// What a page should be, whom alerts reach, who may sign in, what is watched, what is done because an
// authority asks it. Not here: answering alerts,
// working on incidents, leave, swaps and overrides: duty goes on.
constexpr std::string_view kFrozen[] = {"approveSnapshot",
                                        "addSite",
                                        "changeSite",
                                        "removeSite",
                                        "importSites",
                                        "addIgnore",
                                        "removeIgnore",
                                        "addChannel",
                                        "changeChannel",
                                        "removeChannel",
                                        "setLadder",
                                        "addEscalationPolicy",
                                        "setEscalationPolicy",
                                        "removeEscalationPolicy",
                                        "addRoster",
                                        "setRoster",
                                        "removeRoster",
                                        "setGroupPolicy",
                                        "addAdvisory",
                                        "confirmAdvisory",
                                        "withdrawAdvisory",
                                        "approveDirective",
                                        "executeDirective",
                                        "switchLogRuleOff",
                                        "switchLogRuleOn",
                                        "addUser",
                                        "changeUser",
                                        "removeUser",
                                        "addToken"};

net::Response freeze_runs(const desk::WatchPeriod& period, Language language) {
  json::object body{{"type", "about:blank"},
                    {"title", render({"error.title.freeze", {}}, language)},
                    {"status", 409},
                    {"detail", render({"error.request.freeze", {{"period", period.name}}}, language)},
                    {"freeze", period.name}};
  auto response = json_response(409, body);
  response.headers.set("Content-Type", "application/problem+json");
  return response;
}

std::string trimmed_reason(const Call& call) {
  auto reason = call.query(std::string(kFreezeReason));
  const auto begin = reason.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return {};
  return reason.substr(begin, reason.find_last_not_of(" \t\r\n") - begin + 1);
}

}  // namespace

void guard_by_freeze(Api& api, std::vector<Operation>& operations) {
  for (auto id : kFrozen)
    VEDETTE_ASSERT(std::ranges::find(operations, id, &Operation::id) != operations.end());
  for (auto& operation : operations) {
    if (std::ranges::find(kFrozen, operation.id) == std::end(kFrozen)) continue;
    operation.query.push_back({kFreezeReason, text(desk::PeriodLimits::kReasonBytes),
                               "why this is changed now; needed while a change freeze runs"});
    operation.handler = [inner = std::move(operation.handler), id = operation.id,
                         &api](const Call& call) -> Result<net::Response> {
      TRY_ASSIGN(auto period, api.periods.freeze());
      if (!period) return inner(call);
      const auto reason = trimmed_reason(call);
      if (reason.empty()) return freeze_runs(*period, call.language);
      auto object = call.request.parameters.find("id");
      TRY(api.periods.note_exception(period->id, std::string(id),
                                     object == call.request.parameters.end() ? "" : object->second, reason,
                                     call.who.name));
      return inner(call);
    };
  }
}

}  // namespace vedette::server
