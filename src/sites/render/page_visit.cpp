#include "sites/render/page_visit.h"

#include <boost/json.hpp>

#include "base/text/base64.h"
#include "net/url.h"
#include "sites/render/json_fields.h"

namespace vedette::sites {
namespace json = boost::json;
using std::chrono::milliseconds;
namespace {

constexpr milliseconds kCaptureTime{4'000};  // kept back from the page's time for taking its picture
constexpr milliseconds kInterruptTime{
    1'500};  // at least so long is waited for a page before it is interrupted
constexpr milliseconds kAfterInterrupt{8'000};  // its scripts are stopped: only the machine is slow now
constexpr milliseconds kQuiet{300};             // no request in flight for so long: the page stands
constexpr milliseconds kQuietWaitMax{4'000};    // after `settle`, for a network that never is quiet
constexpr int kWidth = 1'280, kHeight = 1'600;

// In a world of its own, so that the page's scripts cannot answer for the document. Open shadow roots are
// written out as declarative ones. toWellFormed: a lone surrogate would make the reply no JSON.
constexpr std::string_view kSerialize = R"js((max => {
  const root = document.documentElement;
  if (!root) return {html: '', cut: false};
  scrollTo(0, 0);
  const shadows = [];
  let seen = 0;
  for (const element of document.querySelectorAll('*')) {
    if (++seen > 100000) break;
    if (element.shadowRoot) shadows.push(element.shadowRoot);
  }
  let html;
  if (shadows.length) {
    const shell = root.cloneNode(false).outerHTML;
    const end = shell.lastIndexOf('</');
    html = shell.slice(0, end) + root.getHTML({shadowRoots: shadows}) + shell.slice(end);
  } else {
    html = root.outerHTML;
  }
  if (document.doctype) html = '<!DOCTYPE ' + document.doctype.name + '>' + html;
  return {html: html.slice(0, max).toWellFormed(), cut: html.length > max};
}))js";

}  // namespace

PageVisit::PageVisit(DevtoolsConnection& connection, const net::RequestGate& gate, const Clock& clock,
                     const RenderRequest& request, bool allow_loopback, std::string user_agent)
    : connection_(connection),
      gate_(gate),
      clock_(clock),
      request_(request),
      allow_loopback_(allow_loopback),
      user_agent_(std::move(user_agent)),
      site_origin_(net::origin_of(request.url)),
      inbox_(std::make_shared<DevtoolsInbox>()),
      started_(clock.steady()),
      deadline_(started_ + request.timeout),
      last_network_(started_) {}

PageVisit::~PageVisit() {
  if (!context_.empty()) post("", "Target.disposeBrowserContext", {{"browserContextId", context_}});
  connection_.leave(inbox_);
}

Result<Rendered> PageVisit::run() {
  TRY(open_tab());
  TRY(prepare_session());
  TRY(navigate());
  wait_until_shown();
  if (main_refused_) return fail(ErrorCode::kForbidden, "the page leads to an address that is not rendered");
  if (crashed_) return fail(ErrorCode::kUnavailable, "the page brought its process down");
  TRY(capture());
  for (const auto& [key, n] : origins_) out_.origins.push_back({key.first, key.second, n});
  out_.total = std::chrono::duration_cast<milliseconds>(clock_.steady() - started_);
  return std::move(out_);
}

Result<void> PageVisit::open_tab() {
  // Of given HTML: behind the interception a proxy that does not exist; nothing gets out whatever asks.
  const std::uint16_t proxy = request_.html ? std::uint16_t{1} : gate_.port();
  Json context{{"disposeOnDetach", true},
               {"proxyServer", "http://127.0.0.1:" + std::to_string(proxy)},
               {"proxyBypassList", "<-loopback>"}};
  TRY_ASSIGN(auto made, call("", "Target.createBrowserContext", std::move(context), deadline_));
  context_ = text_of(made, "browserContextId");
  post("", "Browser.setDownloadBehavior",
       {{"behavior", "deny"}, {"browserContextId", context_}, {"eventsEnabled", true}});
  post("", "Browser.grantPermissions", {{"permissions", json::array()}, {"browserContextId", context_}});
  TRY_ASSIGN(
      auto tab,
      call("", "Target.createTarget",
           {{"url", "about:blank"}, {"browserContextId", context_}, {"width", kWidth}, {"height", kHeight}},
           deadline_));
  target_ = text_of(tab, "targetId");
  TRY_ASSIGN(auto attached,
             call("", "Target.attachToTarget", {{"targetId", target_}, {"flatten", true}}, deadline_));
  session_ = text_of(attached, "sessionId");
  connection_.join(session_, inbox_);
  return {};
}

void PageVisit::watch_session(const std::string& session) {
  post(session, "Target.setAutoAttach",
       {{"autoAttach", true}, {"waitForDebuggerOnStart", true}, {"flatten", true}});
  post(session, "Network.enable", {{"maxTotalBufferSize", 1 << 20}, {"maxResourceBufferSize", 1 << 18}});
  post(session, "Network.setBypassServiceWorker", {{"bypass", true}});
  post(session, "Network.setCacheDisabled", {{"cacheDisabled", true}});
  post(session, "Fetch.enable",
       {{"patterns", json::array{json::object{{"urlPattern", "*"}, {"requestStage", "Request"}}}}});
  post(session, "Runtime.enable", {});
}

Result<void> PageVisit::prepare_session() {
  post(session_, "Page.enable", {});
  watch_session(session_);
  post(session_, "Inspector.enable", {});
  post(session_, "Page.setInterceptFileChooserDialog", {{"enabled", true}});
  post(session_, "Emulation.setDeviceMetricsOverride",
       {{"width", kWidth}, {"height", kHeight}, {"deviceScaleFactor", 1}, {"mobile", false}});
  // Movement stands still, so that two pictures of one page are alike.
  post(session_, "Emulation.setEmulatedMedia",
       {{"features", json::array{json::object{{"name", "prefers-reduced-motion"}, {"value", "reduce"}}}}});
  post(session_, "Emulation.setUserAgentOverride",
       {{"userAgent", user_agent_}, {"acceptLanguage", "vi,en;q=0.8"}});
  if (!request_.verify_tls) post(session_, "Security.setIgnoreCertificateErrors", {{"ignore", true}});
  TRY_ASSIGN(auto tree, call(session_, "Page.getFrameTree", {}, deadline_));
  frame_ = text_of(object_of(object_of(tree, "frameTree"), "frame"), "id");
  return {};
}

Result<void> PageVisit::navigate() {
  auto limit = std::max(deadline_ - kCaptureTime, started_ + request_.timeout / 2);
  last_network_ = clock_.steady();
  auto reply = call(session_, "Page.navigate", {{"url", request_.url}}, limit);
  if (!reply.has_value()) {
    if (reply.error().code() == ErrorCode::kTimeout)
      return fail(ErrorCode::kTimeout, "the page did not answer in time");
    return std::unexpected(std::move(reply).error());
  }
  loader_ = text_of(*reply, "loaderId");
  navigation_error_ = text_of(*reply, "errorText");
  if (navigation_error_.empty()) return {};
  if (main_refused_ || gate_.refused(net::host_of(request_.url))) {
    return fail(ErrorCode::kForbidden, "the page leads to an address that is not rendered");
  }
  // What comes as a download ends the navigation too; the status says that the server answered.
  if (out_.downloads > 0 || (navigation_error_ == "net::ERR_ABORTED" && out_.status != 0)) {
    return fail(ErrorCode::kUnavailable, "the address gives a download, not a page");
  }
  return fail(ErrorCode::kUnavailable, "the page cannot be loaded: " + navigation_error_);
}

void PageVisit::wait_until_shown() {
  auto limit = std::max(deadline_ - kCaptureTime, started_ + request_.timeout / 2);
  while (!load_event_ && !crashed_ && clock_.steady() < limit) {
    if (!step(limit) && inbox_->closed()) crashed_ = true;
  }
  out_.loaded = load_event_;
  if (!load_event_ || crashed_) return;
  auto loaded = clock_.steady();
  out_.to_load = std::chrono::duration_cast<milliseconds>(loaded - started_);
  auto settled = std::min(limit, loaded + request_.settle);
  auto last = std::min(limit, settled + kQuietWaitMax);
  while (!crashed_) {
    auto now = clock_.steady();
    bool quiet = request_urls_.empty() && now - last_network_ >= kQuiet;
    if (now >= last || (now >= settled && quiet)) break;
    auto next = now < settled ? settled : std::min(last, now + kQuiet / 3);
    if (!step(next) && inbox_->closed()) crashed_ = true;
  }
}

Result<void> PageVisit::capture() {
  auto taken = capture_dom(std::max(clock_.steady() + kInterruptTime, deadline_ - kCaptureTime / 2));
  if (!taken.has_value() && !crashed_) {  // the page's own script holds its thread
    stop_scripts();
    taken = capture_dom(clock_.steady() + kAfterInterrupt);
  }
  if (!taken.has_value()) {
    if (crashed_) return fail(ErrorCode::kUnavailable, "the page brought its process down");
    return fail(ErrorCode::kTimeout, "the page is busy and could not be read in time");
  }
  if (request_.screenshot) capture_screenshot();
  return {};
}

Result<void> PageVisit::capture_dom(SteadyTime limit) {
  auto left = std::chrono::duration_cast<milliseconds>(limit - clock_.steady());
  TRY_ASSIGN(auto world, call(session_, "Page.createIsolatedWorld",
                              {{"frameId", frame_}, {"worldName", "vedette"}}, limit));
  TRY_ASSIGN(auto answer, call(session_, "Runtime.evaluate",
                               {{"expression", fmt::format("{}({})", kSerialize, request_.dom_bytes_max)},
                                {"contextId", number_of(world, "executionContextId")},
                                {"returnByValue", true},
                                {"timeout", left.count()}},
                               limit + kInterruptTime));
  const auto& value = object_of(object_of(answer, "result"), "value");
  const auto* html = value.if_contains("html");
  if (html == nullptr || !html->is_string())
    return fail(ErrorCode::kUnavailable, "the document could not be read");
  out_.dom = std::string(html->get_string());
  out_.dom_truncated = flag_of(value, "cut");
  if (out_.dom.size() > request_.dom_bytes_max) {  // characters were counted, bytes are the limit
    out_.dom_truncated = true;
    std::size_t end = request_.dom_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(out_.dom[end]) & 0xC0) == 0x80) --end;
    out_.dom.resize(end);
  }
  auto tree = call(session_, "Page.getFrameTree", {}, limit + kInterruptTime);
  if (tree.has_value()) {
    const auto& frame = object_of(object_of(*tree, "frameTree"), "frame");
    out_.final_url = text_of(frame, "url");
    out_.final_url += text_of(frame, "urlFragment");
  }
  return {};
}

void PageVisit::capture_screenshot() {
  auto limit = std::max(deadline_, clock_.steady() + kInterruptTime);
  auto shot = call(session_, "Page.captureScreenshot",
                   {{"format", "png"}, {"captureBeyondViewport", false}, {"optimizeForSpeed", false}}, limit);
  if (!shot.has_value()) {
    if (out_.interrupted || crashed_) return;
    stop_scripts();
    shot = call(session_, "Page.captureScreenshot", {{"format", "png"}, {"captureBeyondViewport", false}},
                clock_.steady() + kAfterInterrupt);
    if (!shot.has_value()) return;
  }
  out_.screenshot_png = base64_decode(text_of(*shot, "data"));
}

void PageVisit::stop_scripts() {
  out_.interrupted = true;
  post(session_, "Emulation.setScriptExecutionDisabled", {{"value", true}});
  post(session_, "Runtime.terminateExecution", {});
}

Result<boost::json::object> PageVisit::call(const std::string& session, std::string_view method, Json params,
                                            SteadyTime deadline) {
  TRY_ASSIGN(int id, connection_.send(inbox_, session, method, std::move(params)));
  waited_for_ = id;
  while (!answers_.contains(id)) {
    if (!step(deadline) && !answers_.contains(id)) {
      if (inbox_->closed()) {
        crashed_ = true;
        return fail(ErrorCode::kUnavailable, "Chromium ended");
      }
      if (clock_.steady() >= deadline)
        return fail(ErrorCode::kTimeout, std::string(method) + " took too long");
    }
    if (crashed_) return fail(ErrorCode::kUnavailable, "the page brought its process down");
  }
  opened_ = true;
  auto node = answers_.extract(id);
  auto& message = node.mapped();
  if (!message.error.empty())
    return fail(ErrorCode::kUnavailable, std::string(method) + ": " + message.error);
  return std::move(message.body);
}

void PageVisit::post(const std::string& session, std::string_view method, Json params) {
  // A lost pipe shows at the next wait.
  (void)connection_.send(inbox_, session, method, std::move(params));
}

bool PageVisit::step(SteadyTime deadline) {
  auto left = std::chrono::duration_cast<milliseconds>(deadline - clock_.steady());
  // Even at the deadline what is already there is handled, so that a flood of events cannot hide an answer
  // for ever.
  auto message = inbox_->pop_for(std::clamp(left, milliseconds(0), milliseconds(1'000)));
  if (!message) return false;
  if (message->id != 0) {
    if (message->id == waited_for_) answers_[message->id] = std::move(*message);
    return left.count() > 0;
  }
  handle(*message);
  return left.count() > 0;
}

}  // namespace vedette::sites
