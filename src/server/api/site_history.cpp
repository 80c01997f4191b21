// /sites/{id}/checks, /snapshots, /compare: what was seen.
#include "model/refusal.h"
#include "server/api/api.h"
#include "server/api/shapes.h"
#include "server/api/site_json.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {

std::string_view to_string(sites::CompareBlock::Op op) {
  switch (op) {
    case sites::CompareBlock::Op::kSame:
      return "same";
    case sites::CompareBlock::Op::kAdded:
      return "added";
    case sites::CompareBlock::Op::kRemoved:
      return "removed";
  }
  return "same";
}

Result<net::Response> snapshot_content(Api& api, const Call& call) {
  sites::Snapshot meta;
  TRY_ASSIGN(auto bytes, api.sites.snapshot_content(call.parameter("id"), &meta));
  bool picture = meta.kind == "screenshot";
  net::Response response;
  response.body = std::move(bytes);
  // A kept page is an attacker's page: it goes out as text, in a sandbox, never as a document of our origin.
  response.headers.set("Content-Type", picture ? "image/png" : "text/plain; charset=utf-8");
  response.headers.set("Content-Security-Policy", "default-src 'none'; sandbox");
  response.headers.set("Cache-Control", "private, max-age=86400, immutable");
  response.headers.set("ETag", "\"" + meta.sha256 + "\"");
  return response;
}

}  // namespace

std::vector<Operation> site_history_operations(Api& api) {
  using enum net::Method;
  auto block = object({required("op", one_of({"same", "added", "removed"})), required("where", text(4096)),
                       required("text", text(1 << 20))});
  return {
      {.method = kGet,
       .path = "/sites/{id}/checks",
       .id = "listChecks",
       .tag = "sites",
       .summary = "Checks of a site, newest first",
       .query = paging(),
       .response = page_of(reference("Check")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto page, api.sites.checks(call.parameter("id"), {call.cursor(), call.limit()}));
         json::array items;
         for (const auto& one : page.items) items.push_back(check_json(one, call.language));
         return page_response(std::move(items), page.next_cursor);
       }},
      {.method = kGet,
       .path = "/sites/{id}/snapshots",
       .id = "listSnapshots",
       .tag = "sites",
       .summary = "Kept versions of a site, newest first",
       .query = paging(),
       .response = page_of(reference("Snapshot")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto page, api.sites.snapshots(call.parameter("id"), {call.cursor(), call.limit()}));
         json::array items;
         for (const auto& one : page.items) items.push_back(snapshot_json(one));
         return page_response(std::move(items), page.next_cursor);
       }},
      {.method = kGet,
       .path = "/snapshots/{id}/content",
       .id = "getSnapshot",
       .tag = "sites",
       .summary = "A kept page as text, or a picture as PNG",
       .response_type = "text/plain",
       .handler = [&api](const Call& call) { return snapshot_content(api, call); }},
      {.method = kGet,
       .path = "/sites/{id}/compare",
       .id = "compareSnapshots",
       .tag = "sites",
       .summary = "Two versions, block by block",
       .query = {{"before", id(), "snapshot id"}, {"after", id(), "snapshot id"}},
       .response = object({required("blocks", list(std::move(block), 10'000))}),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         if (call.query("before").empty() || call.query("after").empty())
           return fields_response({{"before", {"error.value.two_snapshots", {}}}}, call.language);
         TRY_ASSIGN(auto blocks, api.sites.compare(call.query("before"), call.query("after")));
         json::array items;
         for (const auto& one : blocks)
           items.push_back(json::object{{"op", to_string(one.op)}, {"where", one.where}, {"text", one.text}});
         return json_response(200, json::object{{"blocks", std::move(items)}});
       }},
  };
}

}  // namespace vedette::server
