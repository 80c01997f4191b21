// /channels, /ladder, /mailbox: how people are told.
#include "model/refusal.h"
#include "server/api/api.h"
#include "server/api/shapes.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {

json::object channel_json(const desk::Channel& channel) {
  json::error_code error;
  auto settings = json::parse(channel.settings_json, error);
  if (error || !settings.is_object()) settings = json::object();
  return {{"id", channel.id},
          {"name", channel.name},
          {"kind", to_string(channel.kind)},
          {"enabled", channel.enabled},
          {"settings", std::move(settings)},
          {"state", channel.state},
          {"last_error", text_or_null(channel.last_error)},
          {"last_ok_at", time_or_null(channel.last_ok_at)}};
}

json::object ladder_json(const desk::Ladder& ladder) {
  json::array steps;
  for (const auto& step : ladder.steps)
    steps.push_back(
        json::object{{"after_minutes", step.after_minutes}, {"channel_ids", text_list(step.channel_ids)}});
  return {{"steps", std::move(steps)},
          {"repeat_last_minutes", ladder.repeat_last_minutes},
          {"least", to_string(ladder.least)}};
}

Result<desk::Channel> find(desk::Desk& desk, const std::string& id) {
  TRY_ASSIGN(auto channels, desk.channels());
  for (auto& channel : channels) {
    if (channel.id == id) return channel;
  }
  return refuse(ErrorCode::kNotFound, "channel.none");
}

void apply(const Call& call, desk::Channel& channel) {
  if (auto name = call.text("name")) channel.name = *name;
  if (auto enabled = call.boolean("enabled")) channel.enabled = *enabled;
  if (auto kind = call.text("kind")) channel.kind = *desk::channel_kind_from(*kind);
  if (const auto* settings = call.body.if_contains("settings"))
    channel.settings_json = json::serialize(*settings);
}

std::vector<SchemaField> channel_input(bool all) {
  return {{"name", text(120, 1), all},
          {"kind", channel_kind(), all},
          optional("enabled", boolean()),
          {"settings", any(), all}};
}

}  // namespace

std::vector<Operation> channel_operations(Api& api) {
  using enum net::Method;
  return {
      {.method = kGet,
       .path = "/channels",
       .id = "listChannels",
       .tag = "channels",
       .summary = "Channels; secrets are masked",
       .on_wall = true,
       .response = page_of(reference("Channel")),
       .handler = [&api](const Call&) -> Result<net::Response> {
         TRY_ASSIGN(auto channels, api.desk.channels());
         json::array items;
         for (const auto& channel : channels) items.push_back(channel_json(channel));
         return page_response(std::move(items), "");
       }},
      {.method = kPost,
       .path = "/channels",
       .id = "addChannel",
       .tag = "channels",
       .summary = "Add a channel",
       .role = Role::kLead,
       .request = object(channel_input(true)),
       .success = 201,
       .response = reference("Channel"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         desk::Channel channel;
         apply(call, channel);
         TRY_ASSIGN(auto saved, api.desk.save_channel(channel, call.who.name));
         return json_response(201, channel_json(saved));
       }},
      {.method = kPatch,
       .path = "/channels/{id}",
       .id = "changeChannel",
       .tag = "channels",
       .summary = "Change a channel; masked secrets stay as they are",
       .role = Role::kLead,
       .request = object(channel_input(false)),
       .response = reference("Channel"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto channel, find(api.desk, call.parameter("id")));
         apply(call, channel);
         TRY_ASSIGN(auto saved, api.desk.save_channel(channel, call.who.name));
         return json_response(200, channel_json(saved));
       }},
      {.method = kDelete,
       .path = "/channels/{id}",
       .id = "removeChannel",
       .tag = "channels",
       .summary = "Remove a channel",
       .role = Role::kLead,
       .success = 204,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY(api.desk.remove_channel(call.parameter("id"), call.who.name));
         return net::Response::empty(204);
       }},
      {.method = kPost,
       .path = "/channels/{id}/test",
       .id = "testChannel",
       .tag = "channels",
       .summary = "Send a test message now",
       .role = Role::kLead,
       .response = object({required("ok", boolean()), required("detail", text(4096))}),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         auto answer = api.desk.test_channel(call.parameter("id"), call.who.name);
         if (!answer && answer.error().code() == ErrorCode::kNotFound) return std::unexpected(answer.error());
         return json_response(200, json::object{{"ok", answer.has_value()},
                                                {"detail", answer ? *answer : answer.error().full()}});
       }},
      {.method = kGet,
       .path = "/ladder",
       .id = "getLadder",
       .tag = "channels",
       .summary = "Who is told, and when the next",
       .response = reference("Ladder"),
       .handler = [&api](const Call&) -> Result<net::Response> {
         TRY_ASSIGN(auto ladder, api.desk.ladder());
         return json_response(200, ladder_json(ladder));
       }},
      {.method = kPut,
       .path = "/ladder",
       .id = "setLadder",
       .tag = "channels",
       .summary = "Replace the ladder",
       .role = Role::kLead,
       .request = reference("Ladder"),
       .response = reference("Ladder"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         desk::Ladder ladder;
         for (const auto& step : call.body.at("steps").as_array()) {
           desk::LadderStep next;
           next.after_minutes = step.at("after_minutes").to_number<int>();
           for (const auto& id : step.at("channel_ids").as_array())
             next.channel_ids.emplace_back(id.as_string());
           ladder.steps.push_back(std::move(next));
         }
         ladder.repeat_last_minutes = static_cast<int>(*call.integer("repeat_last_minutes"));
         ladder.least = *severity_from(*call.text("least"));
         TRY_ASSIGN(auto saved, api.desk.save_ladder(ladder, call.who.name));
         return json_response(200, ladder_json(saved));
       }},
      {.method = kGet,
       .path = "/mailbox",
       .id = "listMailbox",
       .tag = "channels",
       .summary = "Mails caught by the built-in mailbox, newest first",
       .query = paging(),
       .response = page_of(reference("Mail")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto mails, api.desk.mailbox(call.limit()));
         json::array items;
         for (const auto& mail : mails)
           items.push_back(json::object{{"id", mail.id},
                                        {"to", mail.to},
                                        {"subject", mail.subject},
                                        {"text", mail.text},
                                        {"at", to_rfc3339(mail.at)}});
         return page_response(std::move(items), "");
       }},
  };
}

}  // namespace vedette::server
