// PageVisit: one page in one browser context of a running Chromium, from an empty tab to the Rendered result.
//
// Runs on its caller's thread: sends commands, and answers the page's events (paused requests, dialogs, new
// frames) while it waits. Every wait ends at the deadline. The context is disposed of in the destructor,
// whatever happened.
#pragma once

#include <boost/json/fwd.hpp>
#include <map>
#include <set>
#include <string>

#include "base/clock.h"
#include "net/request_gate.h"
#include "sites/render/devtools_connection.h"
#include "sites/render/renderer.h"

namespace vedette::sites {

class PageVisit {
 public:
  PageVisit(DevtoolsConnection& connection, const net::RequestGate& gate, const Clock& clock,
            const RenderRequest& request, bool allow_loopback, std::string user_agent);
  ~PageVisit();
  PageVisit(const PageVisit&) = delete;
  PageVisit& operator=(const PageVisit&) = delete;

  Result<Rendered> run();
  // The page brought its own process down, or Chromium itself is gone.
  bool crashed() const { return crashed_; }
  // Chromium answered at least once; if not, it hangs and should be ended.
  bool opened() const { return opened_; }

 private:
  using Json = boost::json::object;
  Result<void> open_tab();
  Result<void> prepare_session();
  Result<void> navigate();
  void wait_until_shown();
  Result<void> capture();
  Result<void> capture_dom(SteadyTime limit);
  void capture_screenshot();
  void stop_scripts();

  Result<Json> call(const std::string& session, std::string_view method, Json params, SteadyTime deadline);
  void post(const std::string& session, std::string_view method, Json params);
  bool step(SteadyTime deadline);  // handles one message; false: none came, or the pipe is closed
  void handle(const DevtoolsMessage& message);
  void on_request_paused(const DevtoolsMessage& message);
  void on_request(const DevtoolsMessage& message);
  void on_response(const Json& body);
  void on_failed(const Json& body);
  void part_failed(std::string_view type, std::string_view url);
  void on_attached(const Json& body);
  void watch_session(const std::string& session);
  std::optional<std::string_view> refusal(std::string_view url) const;
  void count(std::string_view url, std::string_view kind);
  void block(std::string_view url, std::string_view reason);
  Json continued(const Json& body, std::string_view url) const;

  DevtoolsConnection& connection_;
  const net::RequestGate& gate_;
  const Clock& clock_;
  const RenderRequest& request_;
  const bool allow_loopback_;
  const std::string user_agent_;
  const std::string site_origin_;
  std::shared_ptr<DevtoolsInbox> inbox_;
  SteadyTime started_, deadline_;

  std::string context_, target_, session_, frame_, loader_;
  std::map<int, DevtoolsMessage> answers_;  // that somebody waits for
  int waited_for_ = 0;
  std::map<std::pair<std::string, std::string>, int> origins_;
  std::map<std::string, std::string> request_urls_;  // in flight, for the reason of a failure
  SteadyTime last_network_;
  bool crashed_ = false, opened_ = false, served_ = false, load_event_ = false, main_refused_ = false;
  std::string navigation_error_;
  Rendered out_;
};

}  // namespace vedette::sites
