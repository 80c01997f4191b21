// /audit: the hash-chained log of who changed what.
#include "model/refusal.h"
#include "server/api/api.h"
#include "server/api/shapes.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

std::vector<Operation> audit_operations(Api& api) {
  using enum net::Method;
  return {
      {.method = kGet,
       .path = "/audit",
       .id = "listAudit",
       .tag = "audit",
       .summary = "The audit log, newest first",
       .role = Role::kAdmin,
       .query = paging(),
       .response = page_of(reference("AuditEntry")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto page, api.desk.audit_log(call.cursor(), call.limit()));
         json::array items;
         for (const auto& entry : page.items) {
           json::error_code error;
           auto detail = json::parse(entry.detail_json, error);
           if (error || !detail.is_object()) detail = json::object{{"text", entry.detail_json}};
           items.push_back(json::object{{"sequence", entry.sequence},
                                        {"at", to_rfc3339(entry.at)},
                                        {"actor", entry.actor},
                                        {"action", entry.action},
                                        {"object", entry.object},
                                        {"detail", std::move(detail)},
                                        {"hash", entry.hash}});
         }
         return page_response(std::move(items), page.next_cursor);
       }},
      {.method = kGet,
       .path = "/audit/verify",
       .id = "verifyAudit",
       .tag = "audit",
       .summary = "Recompute the hash chain",
       .role = Role::kAdmin,
       .response = object({required("ok", boolean()), required("detail", text(4096))}),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         auto verified = api.desk.verify_audit();
         if (!verified && verified.error().code() != ErrorCode::kCorrupt)
           return std::unexpected(verified.error());
         return json_response(
             200, json::object{{"ok", verified.has_value()},
                               {"detail", verified ? "" : said_in(verified.error(), call.language)}});
       }},
  };
}

}  // namespace vedette::server
