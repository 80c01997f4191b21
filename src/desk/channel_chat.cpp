// Chats: incoming webhooks of Slack and Mattermost, and Teams' adaptive cards. Text from a watched page may
// be hostile, so nothing in it is taken as markup, link or mention.
#include <boost/json.hpp>

#include "desk/delivery.h"

namespace vedette::desk {
namespace {

namespace json = boost::json;

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

// Slack reads <…> as links and mentions: https://api.slack.com/reference/surfaces/formatting#escaping
std::string slack_escaped(std::string text) {
  return replaced(replaced(replaced(std::move(text), "&", "&amp;"), "<", "&lt;"), ">", "&gt;");
}

// Markdown's signs are escaped, and @all is cut from its name by a zero-width space.
std::string markdown_escaped(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (std::string_view("\\`*_{}[]()#+-!|<>~:").contains(c)) out += '\\';
    out += c;
    if (c == '@') out += "\u200b";
  }
  return replaced(std::move(out), "\n", " ");
}

std::string slack_body(const Notice& notice) {
  std::string text = fmt::format("*{}*\n", slack_escaped(notice.subject));
  for (const auto& [label, value] : notice.lines)
    text += fmt::format("*{}:* {}\n", slack_escaped(label), slack_escaped(value));
  if (!notice.acknowledge_url.empty())
    text += fmt::format("<{}|{}>  ", notice.acknowledge_url, slack_escaped(notice.acknowledge_label));
  if (!notice.open_url.empty())
    text += fmt::format("<{}|{}>", notice.open_url, slack_escaped(notice.open_label));
  return json::serialize(json::object{{"text", text}});
}

std::string mattermost_body(const Notice& notice) {
  std::string text = fmt::format("#### {}\n", markdown_escaped(notice.subject));
  for (const auto& [label, value] : notice.lines)
    text += fmt::format("**{}:** {}  \n", markdown_escaped(label), markdown_escaped(value));
  if (!notice.acknowledge_url.empty())
    text += fmt::format("[{}]({})  ", markdown_escaped(notice.acknowledge_label), notice.acknowledge_url);
  if (!notice.open_url.empty())
    text += fmt::format("[{}]({})", markdown_escaped(notice.open_label), notice.open_url);
  return json::serialize(json::object{{"text", text}});
}

std::string teams_body(const Notice& notice) {
  json::array body{json::object{{"type", "TextBlock"},
                                {"text", markdown_escaped(notice.subject)},
                                {"weight", "Bolder"},
                                {"wrap", true}}};
  json::array facts;
  for (const auto& [label, value] : notice.lines) {
    facts.push_back(json::object{{"title", label}, {"value", markdown_escaped(value)}});
  }
  body.push_back(json::object{{"type", "FactSet"}, {"facts", std::move(facts)}});
  json::array actions;
  auto link = [&](const std::string& label, const std::string& url) {
    if (!url.empty())
      actions.push_back(json::object{{"type", "Action.OpenUrl"}, {"title", label}, {"url", url}});
  };
  link(notice.acknowledge_label, notice.acknowledge_url);
  link(notice.open_label, notice.open_url);
  json::object card{{"$schema", "http://adaptivecards.io/schemas/adaptive-card.json"},
                    {"type", "AdaptiveCard"},
                    {"version", "1.4"},
                    {"body", std::move(body)},
                    {"actions", std::move(actions)}};
  return json::serialize(json::object{
      {"type", "message"},
      {"attachments", json::array{json::object{{"contentType", "application/vnd.microsoft.card.adaptive"},
                                               {"content", std::move(card)}}}}});
}

}  // namespace

Delivered deliver_chat(const Parcel& parcel, Transport& transport) {
  net::HttpClientRequest request;
  request.method = "POST";
  request.url = parcel.settings.url.reveal();
  request.ca_file = parcel.settings.ca_file;
  request.allow_loopback = parcel.desk.options.allow_loopback_webhooks;
  request.headers = {{"Content-Type", "application/json; charset=utf-8"}, {"Idempotency-Key", parcel.key}};
  request.body = parcel.channel.kind == ChannelKind::kSlack        ? slack_body(parcel.notice)
                 : parcel.channel.kind == ChannelKind::kMattermost ? mattermost_body(parcel.notice)
                                                                   : teams_body(parcel.notice);
  return outcome_of(transport.http_call(request));
}

}  // namespace vedette::desk
