// Text messages through the HTTP interface of a gateway. Every provider has its own, so address and body are
// templates: {to} is the number as it is dialled, {to_digits} without a leading +, {text} what is said, {key}
// the idempotency key; each is encoded for where it stands. Some gateways answer 200 and refuse in the body:
// `accepted` is then a text that the answer must hold.
//
// A message says no more than severity, title, where, and the link: what else is known stands behind it.
#include <boost/json.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include "base/text/plain_letters.h"
#include "desk/delivery.h"
#include "desk/phone_number.h"

namespace vedette::desk {
namespace {

constexpr std::size_t kSubjectBytes = 240;  // with the link at most three parts of an SMS of ASCII

std::string percent_encoded(std::string_view text) {
  return boost::urls::encode(text, boost::urls::unreserved_chars);
}
std::string json_escaped(std::string_view text) {
  auto quoted =
      boost::json::serialize(boost::json::value(boost::json::string_view(text.data(), text.size())));
  return quoted.substr(1, quoted.size() - 2);
}

using Values = std::vector<std::pair<std::string_view, std::string>>;

// One pass: what a value holds is never taken for a placeholder.
template <class Encode>
std::string filled(std::string_view text, const Values& values, Encode encode) {
  std::string out;
  while (!text.empty()) {
    const auto* hit = [&]() -> const std::pair<std::string_view, std::string>* {
      for (const auto& value : values)
        if (text.starts_with(value.first)) return &value;
      return nullptr;
    }();
    if (hit) {
      out += encode(hit->second);
      text.remove_prefix(hit->first.size());
    } else {
      out += text.front();
      text.remove_prefix(1);
    }
  }
  return out;
}

std::string cut(const std::string& text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  std::string out = text.substr(0, bytes);
  while (!out.empty() && (static_cast<unsigned char>(text[out.size()]) & 0xC0) == 0x80) out.pop_back();
  return out + "…";
}

std::string said(const Notice& notice, bool plain) {
  auto text = cut(notice.subject, kSubjectBytes);
  // On one line: some gateways take a line's end for that of the message.
  if (!notice.acknowledge_url.empty()) text += " " + notice.acknowledge_url;
  return plain ? plain_letters(text) : text;
}

}  // namespace

Delivered deliver_sms(const Parcel& parcel, Transport& transport) {
  const auto& gateway = parcel.settings.sms;
  const auto to = dialled(parcel.target);
  const Values values{{"{to}", to},
                      {"{to_digits}", to.starts_with('+') ? to.substr(1) : to},
                      {"{text}", said(parcel.notice, gateway.plain_letters)},
                      {"{key}", parcel.key}};
  net::HttpClientRequest request;
  request.url = filled(parcel.settings.url.reveal(), values, percent_encoded);
  request.ca_file = parcel.settings.ca_file;
  request.allow_loopback = parcel.desk.options.allow_loopback_webhooks;
  request.method = gateway.body.empty() ? "GET" : "POST";
  if (!gateway.body.empty()) {
    request.body = gateway.json ? filled(gateway.body, values, json_escaped)
                                : filled(gateway.body, values, percent_encoded);
    request.headers.emplace_back("Content-Type", gateway.json ? "application/json; charset=utf-8"
                                                              : "application/x-www-form-urlencoded");
  }
  request.headers.emplace_back("Idempotency-Key", parcel.key);
  if (!gateway.header.empty()) request.headers.emplace_back(gateway.header, gateway.header_value.reveal());
  const auto answer = transport.http_call(request);
  auto outcome = outcome_of(answer);
  if (outcome && !gateway.accepted.empty() && !answer->body.contains(gateway.accepted))
    return std::unexpected(Failure{"the gateway did not take it: " + outcome->receipt, false, {}, false});
  return outcome;
}

}  // namespace vedette::desk
