// /tour: the sample site for newcomers.
#include "server/tour/tour.h"

#include "server/api/api.h"
#include "server/api/shapes.h"

namespace vedette::server {
namespace json = boost::json;

namespace {

Result<net::Response> shown(Api& api, int status) {
  TRY_ASSIGN(auto now, api.tour.status());
  json::object body{{"state", now.running ? "running" : "off"}, {"defaced", now.defaced}};
  if (now.running) {
    body["site_id"] = now.site_id;
    body["site_url"] = now.site_url;
  }
  if (!now.alert_id.empty()) body["alert_id"] = now.alert_id;
  return json_response(status, body);
}

Operation step(Api& api, net::Method method, std::string_view path, std::string_view id,
               std::string_view summary, std::function<Result<void>(Tour&)> act) {
  return {.method = method,
          .path = path,
          .id = id,
          .tag = "tour",
          .summary = summary,
          .role = Role::kLead,
          .response = shape::reference("Tour"),
          .handler = [&api, id, act = std::move(act)](const Call& call) -> Result<net::Response> {
            TRY(act(api.tour));
            TRY(api.audit(call, "tour", std::string(id)));
            return shown(api, 200);
          }};
}

}  // namespace

std::vector<Operation> tour_operations(Api& api) {
  using enum net::Method;
  return {
      {.method = kGet,
       .path = "/tour",
       .id = "getTour",
       .tag = "tour",
       .summary = "How far the tour is",
       .response = shape::reference("Tour"),
       .handler = [&api](const Call&) { return shown(api, 200); }},
      step(api, kPost, "/tour", "startTour", "Serve and watch the sample site",
           [](Tour& tour) { return tour.start(); }),
      step(api, kPost, "/tour/deface", "defaceTour", "Deface the sample site",
           [](Tour& tour) { return tour.deface(true); }),
      step(api, kPost, "/tour/restore", "restoreTour", "Put the sample site right again",
           [](Tour& tour) { return tour.deface(false); }),
      step(api, kDelete, "/tour", "removeTour", "Remove the sample site",
           [](Tour& tour) { return tour.remove(); }),
  };
}

}  // namespace vedette::server
