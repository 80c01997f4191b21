// The answers of a PageVisit to what its page does.
#include <algorithm>
#include <boost/json.hpp>

#include "base/text/base64.h"
#include "net/address_gate.h"
#include "net/url.h"
#include "sites/render/json_fields.h"
#include "sites/render/page_visit.h"

namespace vedette::sites {
namespace json = boost::json;
namespace {

constexpr int kRequestsMax = 1'000;
constexpr std::size_t kInFlightMax = 4'096;
constexpr std::size_t kOriginsMax = 512;
constexpr std::size_t kBlockedMax = 128;
constexpr std::size_t kScriptsMax = 64;
constexpr std::size_t kFailedOriginsMax = 64;

std::string_view kind_of(std::string_view type, bool main_frame) {
  if (type == "Document") return main_frame ? "document" : "frame";
  if (type == "Script") return "script";
  if (type == "Stylesheet") return "stylesheet";
  if (type == "Image") return "image";
  if (type == "Font") return "font";
  if (type == "Media" || type == "TextTrack") return "media";
  if (type == "XHR" || type == "Fetch" || type == "EventSource") return "fetch";
  if (type == "WebSocket") return "websocket";
  return "other";
}

}  // namespace

void PageVisit::handle(const DevtoolsMessage& message) {
  const auto& method = message.method;
  const auto& body = message.body;
  bool main = message.session == session_;
  if (method == "Fetch.requestPaused") {
    on_request_paused(message);
  } else if (method == "Network.requestWillBeSent") {
    on_request(message);
  } else if (method == "Network.responseReceived") {
    on_response(body);
  } else if (method == "Network.loadingFinished" || method == "Network.loadingFailed") {
    if (method == "Network.loadingFailed") on_failed(body);
    request_urls_.erase(text_of(body, "requestId"));
    last_network_ = clock_.steady();
  } else if (method == "Network.webSocketCreated") {
    count(text_of(body, "url"), "websocket");
  } else if (method == "Target.attachedToTarget") {
    on_attached(body);
  } else if (method == "Page.loadEventFired") {
    // The empty tab loads too; only what came after the navigation counts.
    if (main && (served_ || out_.status != 0)) load_event_ = true;
  } else if (method == "Page.javascriptDialogOpening") {
    ++out_.dialogs;
    // Leaving is always allowed, nothing else is agreed to.
    post(message.session, "Page.handleJavaScriptDialog",
         {{"accept", text_of(body, "type") == "beforeunload"}});
  } else if (method == "Page.downloadWillBegin" || method == "Browser.downloadWillBegin") {
    ++out_.downloads;
  } else if (method == "Runtime.exceptionThrown") {
    ++out_.console_errors;
  } else if (method == "Runtime.consoleAPICalled") {
    auto type = text_of(body, "type");
    if (type == "error" || type == "assert") ++out_.console_errors;
  } else if (method == "Inspector.targetCrashed" && main) {
    crashed_ = true;
  }
}

void PageVisit::on_attached(const Json& body) {
  std::string session = text_of(body, "sessionId");
  std::string type = text_of(object_of(body, "targetInfo"), "type");
  if (type == "page" || type == "tab") {  // a window the page opened
    post("", "Target.closeTarget", {{"targetId", text_of(object_of(body, "targetInfo"), "targetId")}});
    return;
  }
  watch_session(session);
  post(session, "Runtime.runIfWaitingForDebugger", {});
}

std::optional<std::string_view> PageVisit::refusal(std::string_view url) const {
  if (out_.requests > kRequestsMax) return "limit";
  if (url.starts_with("data:") || url.starts_with("blob:") || url.starts_with("about:")) return std::nullopt;
  if (!url.starts_with("http://") && !url.starts_with("https://")) return "scheme";
  if (request_.html) return "offline";
  if (net::refused_literal(net::host_of(url), allow_loopback_)) return "address";
  return std::nullopt;
}

void PageVisit::on_request_paused(const DevtoolsMessage& message) {
  const auto& body = message.body;
  std::string url = text_of(object_of(body, "request"), "url");
  std::string id = text_of(body, "requestId");
  bool document = text_of(body, "resourceType") == "Document" && text_of(body, "frameId") == frame_;
  if (request_.html && document && !served_) {
    served_ = true;
    post(message.session, "Fetch.fulfillRequest",
         {{"requestId", id},
          {"responseCode", 200},
          {"responseHeaders",
           json::array{json::object{{"name", "Content-Type"}, {"value", "text/html; charset=utf-8"}}}},
          {"body", base64_encode(*request_.html)}});
    return;
  }
  if (auto reason = refusal(url)) {
    if (document) main_refused_ = *reason == "address";
    block(url, *reason);
    post(message.session, "Fetch.failRequest", {{"requestId", id}, {"errorReason", "BlockedByClient"}});
    return;
  }
  post(message.session, "Fetch.continueRequest", continued(body, url));
}

boost::json::object PageVisit::continued(const Json& body, std::string_view url) const {
  Json out{{"requestId", text_of(body, "requestId")}};
  bool login = !request_.basic_user.empty() || !request_.bearer_token.empty();
  if ((request_.headers.empty() && !login) || net::origin_of(url) != site_origin_) return out;
  std::vector<std::pair<std::string, std::string>> extra = request_.headers;
  if (!request_.bearer_token.empty()) {
    extra.emplace_back("Authorization", "Bearer " + std::string(request_.bearer_token.reveal()));
  } else if (login) {
    extra.emplace_back(
        "Authorization",
        "Basic " + base64_encode(request_.basic_user + ":" + std::string(request_.basic_password.reveal())));
  }
  auto same = [](std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return (x | 0x20) == (y | 0x20); });
  };
  json::array headers;
  for (const auto& field : object_of(object_of(body, "request"), "headers")) {
    bool replaced =
        std::any_of(extra.begin(), extra.end(), [&](const auto& e) { return same(e.first, field.key()); });
    if (!replaced && field.value().is_string()) {
      headers.push_back(json::object{{"name", field.key()}, {"value", field.value()}});
    }
  }
  for (const auto& [name, value] : extra) headers.push_back(json::object{{"name", name}, {"value", value}});
  out["headers"] = std::move(headers);
  return out;
}

void PageVisit::on_request(const DevtoolsMessage& message) {
  const auto& body = message.body;
  std::string url = text_of(object_of(body, "request"), "url");
  bool main = text_of(body, "frameId") == frame_;
  ++out_.requests;
  auto kind = kind_of(text_of(body, "type"), main);
  count(url, kind);
  if (kind == "script" && url.starts_with("http") && url.size() <= 2'048 &&
      out_.scripts.size() < kScriptsMax &&
      std::find(out_.scripts.begin(), out_.scripts.end(), url) == out_.scripts.end()) {
    out_.scripts.push_back(url);
  }
  last_network_ = clock_.steady();
  if (!url.starts_with("data:") && request_urls_.size() < kInFlightMax) {
    request_urls_[text_of(body, "requestId")] = url.substr(0, 512);
  }
}

void PageVisit::on_response(const Json& body) {
  last_network_ = clock_.steady();
  const auto& response = object_of(body, "response");
  if (text_of(body, "type") == "Document" && text_of(body, "frameId") == frame_) {
    int status = static_cast<int>(number_of(response, "status"));
    out_.status = request_.html ? 0 : status;
    served_ = true;
  }
  if (number_of(response, "status") >= 400) part_failed(text_of(body, "type"), text_of(response, "url"));
  if (text_of(object_of(response, "headers"), "Vedette-Refused") == "address") {
    block(text_of(response, "url"), "address");
    if (text_of(body, "type") == "Document" && text_of(body, "frameId") == frame_) main_refused_ = true;
  }
}

// What a page needs to be built; it may look after pictures and fonts that are gone.
void PageVisit::part_failed(std::string_view type, std::string_view url) {
  if (type != "Script" && type != "Stylesheet" && type != "XHR" && type != "Fetch") return;
  ++out_.parts_failed;
  auto origin = net::origin_of(url);
  if (out_.failed_at.size() < kFailedOriginsMax || out_.failed_at.contains(origin)) ++out_.failed_at[origin];
}

void PageVisit::on_failed(const Json& body) {
  auto found = request_urls_.find(text_of(body, "requestId"));
  // What the page itself calls off, and what the gate refuses, is no sign of a bad network.
  if (!flag_of(body, "canceled") && text_of(body, "blockedReason").empty() &&
      text_of(body, "errorText") != "net::ERR_BLOCKED_BY_CLIENT") {
    part_failed(text_of(body, "type"), found == request_urls_.end() ? std::string() : found->second);
  }
  if (text_of(body, "errorText") != "net::ERR_TUNNEL_CONNECTION_FAILED") return;
  if (found == request_urls_.end()) return;
  if (gate_.refused(net::host_of(found->second))) block(found->second, "address");
}

void PageVisit::count(std::string_view url, std::string_view kind) {
  std::pair<std::string, std::string> key(net::origin_of(url), kind);
  auto found = origins_.find(key);
  if (found != origins_.end()) {
    ++found->second;
  } else if (origins_.size() < kOriginsMax) {
    origins_.emplace(std::move(key), 1);
  }
}

void PageVisit::block(std::string_view url, std::string_view reason) {
  if (out_.blocked.size() >= kBlockedMax) return;
  out_.blocked.push_back({std::string(url.substr(0, 512)), std::string(reason)});
}

}  // namespace vedette::sites
