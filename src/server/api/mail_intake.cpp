// /mail-intake: the mailboxes that authorities write to, and what became of each message.
#include "desk/intake/intake_poller.h"
#include "server/api/api.h"
#include "server/api/intake_part.h"
#include "server/api/shapes.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {

json::object taken_mail_json(const desk::TakenMail& one) {
  const auto& said = one.authentication;
  return {{"id", one.id},
          {"mailbox", one.mailbox},
          {"uid", one.uid},
          {"sha256", text_or_null(one.sha256)},
          {"message_id", one.message_id},
          {"sender", one.sender},
          {"sender_name", one.sender_name},
          {"subject", one.subject},
          {"spf", text_or_null(said.spf)},
          {"dkim", text_or_null(said.dkim)},
          {"dmarc", text_or_null(said.dmarc)},
          {"received_at", to_rfc3339(one.received_at)},
          {"taken_at", to_rfc3339(one.made_at)},
          {"outcome", one.outcome},
          {"reason", text_or_null(one.reason)},
          {"object_id", text_or_null(one.object_id)}};
}

Schema reasons() { return one_of({"sender", "large", "unreadable", "no_indicators", "refused"}); }

}  // namespace

Schema taken_mail_shape() {
  return object({required("id", id()), required("mailbox", text(40)), required("uid", count()),
                 required("sha256", nullable(text(64))), required("message_id", text(400)),
                 required("sender", text(400)), required("sender_name", text(400)),
                 required("subject", text(400)), required("spf", nullable(text(20))),
                 required("dkim", nullable(text(20))), required("dmarc", nullable(text(20))),
                 required("received_at", time()), required("taken_at", time()),
                 required("outcome", one_of({"directive", "advisory", "set_aside"})),
                 required("reason", nullable(reasons())), required("object_id", nullable(id()))});
}

Result<json::value> mail_json(Api& api, const std::string& object_id) {
  TRY_ASSIGN(auto mail, api.intake.mail_of(object_id));
  return mail ? json::value(taken_mail_json(*mail)) : json::value();
}

std::vector<Operation> mail_intake_operations(Api& api) {
  using enum net::Method;
  return {
      {.method = kGet,
       .path = "/mail-intake/mailboxes",
       .id = "listMailboxes",
       .tag = "directives",
       .summary = "The mailboxes that authorities write to (desk.mailboxes): when each was read, or why not",
       .response =
           page_of(object({required("id", text(40)), required("kind", one_of({"directives", "advisories"})),
                           required("authority", text(400)), required("read_at", nullable(time())),
                           required("trouble", text(4'000))})),
       .handler = [&api](const Call&) -> Result<net::Response> {
         json::array items;
         for (const auto& one : api.mailboxes.status())
           items.push_back(json::object{{"id", one.id},
                                        {"kind", desk::to_string(one.kind)},
                                        {"authority", one.authority},
                                        {"read_at", time_or_null(one.read_at)},
                                        {"trouble", one.trouble}});
         return page_response(std::move(items), "");
       }},
      {.method = kGet,
       .path = "/mail-intake/mails",
       .id = "listMails",
       .tag = "directives",
       .summary = "What came by mail and what became of it, newest first; sender and subject are as the "
                  "message claims, spf, dkim and dmarc what the own mail server says",
       .query = paging(),
       .response = page_of(reference("TakenMail")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto page, api.intake.list(call.cursor(), call.limit()));
         json::array items;
         for (const auto& one : page.items) items.push_back(taken_mail_json(one));
         return page_response(std::move(items), page.next_cursor);
       }},
  };
}

}  // namespace vedette::server
