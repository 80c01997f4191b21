// Renderer: loads one page in a real Chromium and says what a visitor would have seen.
//
// Chromium runs as its own process group with its own throw-away profile, driven over the DevTools protocol
// on a pipe (https://chromedevtools.github.io/devtools-protocol/). It is started by the first render(),
// stopped after `idle_stop`, restarted after `pages_per_process` pages, after a crash and beyond
// `memory_max_bytes`, and dies with this process. Each page has its own browser context: no cookie, cache or
// storage outlives it.
//
// Network: everything Chromium sends goes through our own proxy (request_gate.h), which resolves names
// itself, refuses link-local and metadata addresses (loopback unless allowed; private networks unless the
// page's own name leads into one) and connects to the very address it checked; in front of that every request
// of the page is stopped and judged by scheme and address (Fetch domain). Pages are hostile input: every
// size, count and time below is enforced.
//
// All calls are thread-safe. render() blocks its caller for at most `timeout` plus the wait for a free slot.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "base/secret.h"
#include "model/message.h"

namespace vedette::sites {

struct RenderRequest {
  std::string url;  // http or https
  std::optional<std::string>
      html;  // set: this text is rendered as if it came from `url`, with no network at all
  // Sent with requests to the origin of `url` only, so that no secret reaches a third party.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string basic_user;
  Secret basic_password;
  Secret bearer_token;
  std::string user_agent;  // empty: Chromium's own without the word "Headless"
  bool verify_tls = true;
  bool screenshot = true;
  std::chrono::milliseconds timeout{20'000};  // from the free slot to the result
  std::chrono::milliseconds settle{1'000};    // after `load`: time for scripts to build the page
  std::size_t dom_bytes_max = 4u << 20;
};

// Requests the page made while it ran, counted by origin and kind.
struct RuntimeOrigin {
  std::string origin;  // "https://cdn.example", or "data:", "blob:"
  std::string kind;    // "document", "frame", "script", "stylesheet", "image", "font", "fetch", "media",
                       // "websocket", "other"
  int count = 0;
  bool operator==(const RuntimeOrigin&) const = default;
};

struct BlockedRequest {
  std::string url;     // cut to 512 bytes
  std::string reason;  // "scheme", "address", "offline", "limit"
};

struct Rendered {
  std::string final_url;
  int status = 0;   // HTTP status of the main document; 0 for `html`
  std::string dom;  // serialised document with open shadow roots, UTF-8
  bool dom_truncated = false;
  std::string screenshot_png;           // viewport 1280×1600; empty when not asked for or not possible
  std::vector<RuntimeOrigin> origins;   // sorted; at most 512
  std::vector<BlockedRequest> blocked;  // at most 128
  int requests = 0;
  int console_errors = 0;    // uncaught exceptions and console.error calls
  int dialogs = 0;           // alert, confirm, prompt, beforeunload: dismissed
  int downloads = 0;         // denied
  bool loaded = false;       // the load event came; false: shown as it stood when the time was over
  bool interrupted = false;  // a script had to be stopped
  int parts_failed = 0;      // scripts, stylesheets and data requests without a good answer
  std::map<std::string, int> failed_at;  // of these, by origin; at most 64 origins
  std::vector<std::string> scripts;      // addresses of the scripts it loaded, at most 64
  std::chrono::milliseconds waited{};    // for a free slot
  std::chrono::milliseconds to_load{};
  std::chrono::milliseconds total{};
};

struct RenderOptions {
  std::string chromium;               // path; empty: look for one; "none": do not render
  std::filesystem::path temp_folder;  // empty: the system's
  bool allow_loopback = false;
  // Hosts and ports that pages of the outside may reach although they are inner ones (net/request_gate.h).
  std::function<bool(std::string_view host, std::uint16_t port)> inner_host;
  std::string proxy;              // http://[user:password@]host:port of the organisation, empty: direct
  std::filesystem::path ca_file;  // private authorities this Chromium trusts, too (trust_store.h)
  std::size_t pages_at_once = 2;
  std::size_t waiting_max = 32;  // callers waiting for a slot; beyond it render() returns kLimit
  std::size_t pages_per_process = 200;
  std::uint64_t memory_max_bytes = 1'500u << 20;  // anonymous and shared memory of the whole process tree
  std::chrono::seconds idle_stop{60};
  std::chrono::seconds start_timeout{45};  // a loaded machine needs long; tried twice in a row
};

struct RenderStatus {
  bool available = false;  // a Chromium is there and its last start worked
  bool running = false;
  bool sandbox = true;
  std::string version;  // "Chrome/156.0.…", once it has run
  std::size_t pages_running = 0, pages_waiting = 0;
  std::uint64_t rendered = 0, failed = 0, dropped = 0, restarts = 0, killed_for_memory = 0;
  std::uint64_t memory_bytes = 0;  // last measured
};

// What rendering can and cannot see now, for the health page; the watch shows these beside its own sights.
struct RenderSight {
  std::string what;  // message key: "sites.sight.rendering", "sites.sight.render_sandbox"
  bool ok = true;
  Message reason;
};

class Renderer {
 public:
  virtual ~Renderer() = default;
  // kUnsupported: there is no Chromium; kLimit: too many callers wait; kTimeout: the page gave nothing in
  // time; kUnavailable: Chromium died or refused the page (the message says which), trying again may help;
  // kInvalid: the address is not http or https; kForbidden: its address is refused.
  virtual Result<Rendered> render(const RenderRequest& request) = 0;
  // For the end of the server: what is being rendered fails, and so does every later call (kUnavailable).
  virtual void stop() = 0;
  virtual RenderStatus status() const = 0;
  virtual std::vector<RenderSight> sights() const = 0;
};

// Never fails: without a Chromium the renderer answers kUnsupported and sights() says so.
std::unique_ptr<Renderer> make_renderer(RenderOptions options, const Clock& clock, Metrics& metrics);

}  // namespace vedette::sites
