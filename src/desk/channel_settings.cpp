#include "desk/channel_settings.h"

#include <boost/json.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "base/text/control.h"
#include "desk/phone_number.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

namespace json = boost::json;
constexpr std::string_view kMask = "********";
constexpr std::size_t kRecipientsMax = 50;
constexpr std::size_t kTextMax = 2048;

std::unexpected<Error> bad(std::string_view field, const std::string& what,
                           std::map<std::string, std::string> arguments = {}) {
  arguments["field"] = fmt::format("settings.{}", field);
  return refuse(ErrorCode::kInvalid, "field." + what, std::move(arguments));
}

Result<json::object> object_of(const std::string& text) {
  boost::system::error_code problem;
  auto value = json::parse(text, problem);
  if (problem || !value.is_object())
    return refuse(ErrorCode::kInvalid, "field.not_object", {{"field", "settings"}});
  return std::move(value.get_object());
}

// Control characters are refused everywhere: a line break in an address would be a header of its own.
Result<std::string> text(const json::object& settings, std::string_view field, bool needed) {
  const auto* value = settings.if_contains(field);
  if (!value || value->is_null()) {
    if (needed) return bad(field, "missing");
    return std::string();
  }
  if (!value->is_string()) return bad(field, "not_text");
  std::string out(value->get_string());
  if (out.size() > kTextMax || has_control(out)) {
    return bad(field, "control");
  }
  if (needed && out.empty()) return bad(field, "empty");
  return out;
}

Result<int> whole_number(const json::object& settings, std::string_view field, int otherwise, int least,
                         int most) {
  const auto* value = settings.if_contains(field);
  if (!value || value->is_null()) return otherwise;
  boost::system::error_code problem;
  auto number = value->to_number<int>(problem);
  if (problem || number < least || number > most) {
    return bad(field, "range", {{"least", std::to_string(least)}, {"most", std::to_string(most)}});
  }
  return number;
}

Result<std::string> address(const std::string& text, std::string_view field) {
  auto at = text.rfind('@');
  if (at == std::string::npos || at == 0 || at + 1 == text.size() || text.size() > 320) {
    return bad(field, "mail_address", {{"text", text}});
  }
  return text;
}

Result<std::string> phone_number(const std::string& text, std::string_view field) {
  if (!is_phone_number(text)) return bad(field, "phone_number", {{"text", text}});
  return text;
}

using CheckAddress = Result<std::string> (*)(const std::string& text, std::string_view field);

Result<std::vector<std::string>> recipients(const json::object& settings, CheckAddress check = address) {
  const auto* value = settings.if_contains("to");
  std::vector<std::string> to;
  if (value && value->is_string()) {
    TRY_ASSIGN(auto one, text(settings, "to", true));
    to.push_back(std::move(one));
  } else if (value && value->is_array()) {
    for (const auto& item : value->get_array()) {
      if (!item.is_string() || has_control(item.get_string())) return bad("to", "addresses");
      to.emplace_back(item.get_string());
    }
  }
  if (to.empty() || to.size() > kRecipientsMax) {
    return bad("to", "address_count", {{"most", std::to_string(kRecipientsMax)}});
  }
  for (const auto& one : to) TRY(check(one, "to"));
  return to;
}

Result<void> parse_smtp(const json::object& settings, ChannelSettings& out) {
  TRY_ASSIGN(out.smtp.host, text(settings, "host", true));
  TRY_ASSIGN(std::string tls, text(settings, "tls", false));
  if (tls.empty() || tls == "starttls") {
    out.smtp.tls = net::SmtpTls::kStartTls;
  } else if (tls == "implicit") {
    out.smtp.tls = net::SmtpTls::kImplicit;
  } else if (tls == "none") {
    out.smtp.tls = net::SmtpTls::kNone;
  } else {
    return bad("tls", "one_of", {{"values", "none, starttls, implicit"}});
  }
  TRY_ASSIGN(out.smtp.port,
             whole_number(settings, "port", out.smtp.tls == net::SmtpTls::kImplicit ? 465 : 587, 1, 65535));
  TRY_ASSIGN(out.smtp.user, text(settings, "user", false));
  TRY_ASSIGN(std::string password, text(settings, "password", false));
  out.smtp.password = Secret(std::move(password));
  TRY_ASSIGN(out.smtp.ca_file, text(settings, "ca_file", false));
  TRY_ASSIGN(std::string from, text(settings, "from", true));
  TRY_ASSIGN(out.from, address(from, "from"));
  TRY_ASSIGN(out.to, recipients(settings));
  return {};
}

Result<Secret> web_address(const json::object& settings) {
  TRY_ASSIGN(std::string url, text(settings, "url", true));
  auto parsed = boost::urls::parse_uri(url);
  if (!parsed || (parsed->scheme() != "https" && parsed->scheme() != "http") || parsed->host().empty() ||
      parsed->has_userinfo()) {
    return bad("url", "web_address");
  }
  return Secret(std::move(url));
}

Result<bool> yes_or_no(const json::object& settings, std::string_view field) {
  const auto* value = settings.if_contains(field);
  if (!value || value->is_null()) return false;
  if (!value->is_bool()) return bad(field, "yes_or_no");
  return value->get_bool();
}

// The address is checked with the placeholders filled: braces are no part of one.
Result<void> check_template(const std::string& url, const std::string& body) {
  std::string tried = url;
  for (std::string_view one : {"{to}", "{to_digits}", "{text}", "{key}"}) {
    for (auto at = tried.find(one); at != std::string::npos; at = tried.find(one, at))
      tried.replace(at, one.size(), "1");
  }
  const json::object filled{{"url", tried}};
  TRY(web_address(filled));
  const auto both = url + body;
  if (!both.contains("{to}") && !both.contains("{to_digits}"))
    return bad("url", "placeholder", {{"what", "{to}"}});
  if (!both.contains("{text}")) return bad("url", "placeholder", {{"what", "{text}"}});
  return {};
}

Result<void> parse_sms(const json::object& settings, ChannelSettings& out) {
  TRY_ASSIGN(std::string url, text(settings, "url", true));
  TRY_ASSIGN(out.sms.body, text(settings, "body", false));
  TRY(check_template(url, out.sms.body));
  out.url = Secret(std::move(url));
  TRY_ASSIGN(bool form, yes_or_no(settings, "form"));
  out.sms.json = !form;
  TRY_ASSIGN(out.sms.header, text(settings, "header", false));
  constexpr std::string_view kToken = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  if (out.sms.header.find_first_not_of(kToken) != std::string::npos) return bad("header", "header_name");
  TRY_ASSIGN(std::string value, text(settings, "header_value", !out.sms.header.empty()));
  out.sms.header_value = Secret(std::move(value));
  TRY_ASSIGN(out.sms.accepted, text(settings, "accepted", false));
  TRY_ASSIGN(out.sms.plain_letters, yes_or_no(settings, "plain_letters"));
  TRY_ASSIGN(out.to, recipients(settings, phone_number));
  TRY_ASSIGN(out.ca_file, text(settings, "ca_file", false));
  return {};
}

std::vector<std::string_view> secret_fields(ChannelKind kind) {
  switch (kind) {
    case ChannelKind::kSmtp:
      return {"password"};
    case ChannelKind::kWebhook:
      return {"secret"};
    case ChannelKind::kSlack:
    case ChannelKind::kMattermost:
    case ChannelKind::kTeams:
      return {"url"};
    case ChannelKind::kSms:
      return {"url", "header_value"};
    case ChannelKind::kMailbox:
      return {};
  }
  return {};
}

}  // namespace

Result<ChannelSettings> parse_settings(ChannelKind kind, const std::string& settings_json) {
  TRY_ASSIGN(auto settings, object_of(settings_json));
  ChannelSettings out;
  TRY_ASSIGN(out.rate_per_minute, whole_number(settings, "rate_per_minute", 60, 1, 6000));
  switch (kind) {
    case ChannelKind::kSmtp:
      TRY(parse_smtp(settings, out));
      break;
    case ChannelKind::kSms:
      TRY(parse_sms(settings, out));
      break;
    case ChannelKind::kMailbox: {
      TRY_ASSIGN(out.to, recipients(settings));
      break;
    }
    case ChannelKind::kWebhook: {
      TRY_ASSIGN(std::string secret, text(settings, "secret", true));
      if (secret.size() < 16) return bad("secret", "secret_length");
      out.webhook_secret = Secret(std::move(secret));
      [[fallthrough]];
    }
    case ChannelKind::kSlack:
    case ChannelKind::kMattermost:
    case ChannelKind::kTeams: {
      TRY_ASSIGN(out.url, web_address(settings));
      TRY_ASSIGN(out.ca_file, text(settings, "ca_file", false));
    }
  }
  return out;
}

Result<SplitSettings> split_settings(ChannelKind kind, const std::string& settings_json,
                                     const Secret& stored_secrets_json) {
  TRY_ASSIGN(auto shown, object_of(settings_json));
  json::object stored, secrets;
  if (!stored_secrets_json.empty()) {
    TRY_ASSIGN(stored, object_of(stored_secrets_json.reveal()));
  }
  for (auto field : secret_fields(kind)) {
    auto* value = shown.if_contains(field);
    if (!value || (value->is_string() && value->get_string().empty())) continue;
    if (!value->is_string()) return bad(field, "not_text");
    if (value->get_string() != kMask) {
      secrets[field] = *value;
    } else if (const auto* before = stored.if_contains(field)) {
      secrets[field] = *before;
    } else {
      return bad(field, "enter_again");
    }
    *value = kMask;
  }
  return SplitSettings{json::serialize(shown), Secret(json::serialize(secrets))};
}

Result<Secret> join_settings(const std::string& shown_json, const Secret& secrets_json) {
  TRY_ASSIGN(auto whole, object_of(shown_json));
  TRY_ASSIGN(auto secrets, object_of(secrets_json.reveal()));
  for (const auto& [field, value] : secrets) whole[field] = value;
  return Secret(json::serialize(whole));
}

}  // namespace vedette::desk
