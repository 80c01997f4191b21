#include "sites/render/renderer.h"

#include <pwd.h>
#include <unistd.h>

#include <boost/json.hpp>

#include "base/log.h"
#include "net/address_gate.h"
#include "net/request_gate.h"
#include "net/url.h"
#include "sites/render/chromium_process.h"
#include "sites/render/devtools_connection.h"
#include "sites/render/json_fields.h"
#include "sites/render/page_visit.h"
#include "sites/render/process_tree.h"

namespace vedette::sites {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kMemoryEvery{1'000};
constexpr std::chrono::seconds kStartAgainAfter{30};

// Chromium and what belongs to it. Owned by the keeper thread; pages borrow it while `active` counts them.
struct Browser {
  // Ended in this order: the process first, so that the reader sees the end of its pipe.
  std::unique_ptr<net::RequestGate> gate, outer_gate;
  std::unique_ptr<DevtoolsConnection> connection;
  std::unique_ptr<ChromiumProcess> process;
  std::string user_agent, version;
  std::size_t active = 0, pages = 0;
  bool retired = false;  // takes no new page; ended when the last one has left
  SteadyTime last_used{};
};

uid_t chromium_uid() {
  const passwd* nobody = geteuid() == 0 ? getpwnam("nobody") : nullptr;
  return nobody != nullptr ? nobody->pw_uid : geteuid();
}

class ChromiumRenderer final : public Renderer {
 public:
  ChromiumRenderer(RenderOptions options, const Clock& clock, Metrics& metrics)
      : options_(std::move(options)),
        clock_(clock),
        rendered_total_(metrics.counter("vedette_render_pages_total", "Pages rendered", {{"result", "ok"}})),
        failed_total_(
            metrics.counter("vedette_render_pages_total", "Pages rendered", {{"result", "failed"}})),
        dropped_total_(
            metrics.counter("vedette_render_dropped_total", "Pages refused because too many waited")),
        restarts_total_(metrics.counter("vedette_render_starts_total", "Starts of Chromium")),
        memory_bytes_(metrics.gauge("vedette_render_memory_bytes", "Memory of the Chromium process tree")),
        seconds_(metrics.histogram("vedette_render_seconds", "Time to render a page",
                                   {0.25, 0.5, 1, 2, 5, 10, 20, 40})) {
    if (options_.temp_folder.empty()) options_.temp_folder = std::filesystem::temp_directory_path();
    off_ = options_.chromium == "none";
    if (options_.chromium.empty()) options_.chromium = find_chromium();
    missing_ = !off_ && (options_.chromium.empty() || access(options_.chromium.c_str(), X_OK) != 0);
    if (off_ || missing_) return;
    sweep_profiles(options_.temp_folder);
    keeper_ = std::jthread([this](std::stop_token stop) { keep(stop); });
  }

  ~ChromiumRenderer() override {
    stop();
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return inside_ == 0; });
    }
    keeper_.request_stop();
    changed_.notify_all();
    if (keeper_.joinable()) keeper_.join();
  }

  Result<Rendered> render(const RenderRequest& request) override {
    if (off_) return fail(ErrorCode::kUnsupported, "rendering is switched off");
    if (missing_) return fail(ErrorCode::kUnsupported, "there is no Chromium to render with");
    if (!request.url.starts_with("http://") && !request.url.starts_with("https://")) {
      return fail(ErrorCode::kInvalid, "only http and https addresses can be rendered");
    }
    if (!request.html && net::refused_literal(net::host_of(request.url), options_.allow_loopback)) {
      return fail(ErrorCode::kForbidden, "the page leads to an address that is not rendered");
    }
    auto asked = clock_.steady();
    // A page of the outside must not make the browser ask the organisation's own network.
    const bool inside = !request.html && net::only_private(net::host_of(request.url));
    TRY_ASSIGN(Browser * browser, borrow());
    auto begun = clock_.steady();
    bool sick = false;
    auto result = [&] {
      PageVisit visit(*browser->connection, inside ? *browser->gate : *browser->outer_gate, clock_, request,
                      options_.allow_loopback,
                      request.user_agent.empty() ? browser->user_agent : request.user_agent);
      auto out = visit.run();
      sick = !visit.opened() || browser->connection->closed();
      return out;
    }();
    give_back(*browser, sick, result.has_value());
    auto ended = clock_.steady();
    seconds_.observe(std::chrono::duration<double>(ended - begun).count());
    if (result.has_value()) result->waited = std::chrono::duration_cast<milliseconds>(begun - asked);
    return result;
  }

  void stop() override {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    if (browser_) kill_tree(browser_->process->pid());
    changed_.notify_all();
  }

  RenderStatus status() const override {
    std::lock_guard lock(mutex_);
    RenderStatus out = status_;
    out.available = !off_ && !missing_ && start_error_.empty();
    out.running = browser_ != nullptr;
    out.pages_running = browser_ ? browser_->active : 0;
    out.pages_waiting = waiting_;
    return out;
  }

  std::vector<RenderSight> sights() const override {
    std::lock_guard lock(mutex_);
    std::vector<RenderSight> out;
    RenderSight rendering{"sites.sight.rendering", false, {}};
    if (off_) {
      rendering.reason = {"sites.render.off", {}};
    } else if (missing_) {
      rendering.reason = {"sites.render.no_chromium", {}};
    } else if (!start_error_.empty()) {
      rendering.reason = {"sites.render.start_failed", {{"detail", start_error_}}};
    } else if (status_.version.empty()) {
      rendering.ok = true;
      rendering.reason = {"sites.render.not_yet", {{"path", options_.chromium}}};
    } else {
      rendering.ok = true;
      rendering.reason = {"sites.render.ready", {{"version", status_.version}}};
    }
    out.push_back(rendering);
    if (rendering.ok) {
      out.push_back({"sites.sight.render_sandbox",
                     status_.sandbox,
                     {status_.sandbox ? "sites.render.sandbox_on" : "sites.render.sandbox_off", {}}});
    }
    return out;
  }

 private:
  // Waits for a free slot and a running Chromium.
  Result<Browser*> borrow() {
    std::unique_lock lock(mutex_);
    auto usable = [&] {
      return browser_ && !browser_->retired && browser_->active < options_.pages_at_once &&
             browser_->pages < options_.pages_per_process && !browser_->connection->closed();
    };
    if (waiting_ >= options_.waiting_max) {
      ++status_.dropped;
      dropped_total_.add();
      return fail(ErrorCode::kLimit, "too many pages wait to be rendered");
    }
    ++waiting_;
    ++inside_;
    auto failures = start_failures_;
    changed_.notify_all();
    changed_.wait(lock,
                  [&] { return stopping_ || usable() || start_failures_ != failures || start_barred(); });
    --waiting_;
    if (!stopping_ && usable()) {
      ++browser_->active;
      ++browser_->pages;
      return browser_.get();
    }
    std::string why = stopping_ ? "the renderer stops" : "Chromium does not start: " + start_error_;
    ++status_.failed;
    leave();
    return fail(ErrorCode::kUnavailable, why);
  }

  void give_back(Browser& browser, bool sick, bool good) {
    std::lock_guard lock(mutex_);
    --browser.active;
    browser.last_used = clock_.steady();
    if (sick || browser.pages >= options_.pages_per_process) browser.retired = true;
    ++(good ? status_.rendered : status_.failed);
    (good ? rendered_total_ : failed_total_).add();
    leave();
  }

  void leave() {
    --inside_;
    changed_.notify_all();
  }

  bool start_barred() const { return !start_error_.empty() && clock_.steady() < start_again_; }

  // The thread that starts Chromium and outlives it (see ChromiumProcess).
  void keep(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    auto next_measure = clock_.steady();
    while (!stop.stop_requested()) {
      bool want = waiting_ > 0 && !browser_ && !stopping_ && !start_barred();
      if (want) {
        lock.unlock();
        auto started = start();
        // Once is no proof that it cannot be started: a crowded machine refuses now and then.
        if (!started.has_value() && !stopping_) started = start();
        lock.lock();
        if (started.has_value()) {
          browser_ = std::move(*started);
          browser_->last_used = clock_.steady();
          next_measure = clock_.steady() + kMemoryEvery;
          start_error_.clear();
          status_.version = browser_->version;
          status_.sandbox = browser_->process->sandbox();
          ++status_.restarts;
          restarts_total_.add();
        } else {
          start_error_ = started.error().full();
          start_again_ = clock_.steady() + kStartAgainAfter;
          ++start_failures_;
          log::warn("sites.render", "Chromium does not start", {{"error.message", start_error_}});
        }
        changed_.notify_all();
        continue;
      }
      if (browser_ && clock_.steady() >= next_measure) {
        measure(lock);
        next_measure = clock_.steady() + kMemoryEvery;
      }
      if (browser_ && browser_->connection->closed()) browser_->retired = true;
      bool idle =
          browser_ && browser_->active == 0 && clock_.steady() - browser_->last_used > options_.idle_stop;
      if (browser_ && browser_->active == 0 && (browser_->retired || idle)) {
        auto ended = std::move(browser_);
        lock.unlock();
        ended->process.reset();
        ended.reset();
        lock.lock();
        status_.memory_bytes = 0;
        memory_bytes_.set(0);
        changed_.notify_all();
        continue;
      }
      if (browser_) {
        changed_.wait_for(lock, kMemoryEvery);
      } else {
        changed_.wait(
            lock, [&] { return stop.stop_requested() || (waiting_ > 0 && !stopping_ && !start_barred()); });
      }
    }
    if (browser_) browser_->process.reset();
    browser_.reset();
  }

  // Called with the lock held, which it gives up while it reads /proc.
  void measure(std::unique_lock<std::mutex>& lock) {
    pid_t pid = browser_->process->pid();
    lock.unlock();
    std::uint64_t bytes = memory_of(process_tree(pid));
    lock.lock();
    status_.memory_bytes = bytes;
    memory_bytes_.set(static_cast<double>(bytes));
    if (bytes <= options_.memory_max_bytes || browser_->retired) return;
    log::warn("sites.render", "Chromium used too much memory and was ended", {{"bytes", bytes}});
    ++status_.killed_for_memory;
    browser_->retired = true;
    kill_tree(pid);
  }

  Result<std::unique_ptr<Browser>> start() {
    auto first = start(true);
    // Without unprivileged user namespaces there is no sandbox. As root the process is confined by the user
    // "nobody" at least; another user would only lose protection, so there rendering stays off.
    if (first.has_value() || geteuid() != 0 || first.error().full().find("sandbox") == std::string::npos)
      return first;
    log::warn("sites.render",
              "Chromium's sandbox cannot be used on this machine; it runs as nobody without it");
    return start(false);
  }

  Result<std::unique_ptr<Browser>> start(bool sandbox) {
    auto out = std::make_unique<Browser>();
    net::RequestGateOptions gate;
    gate.allow_loopback = options_.allow_loopback;
    gate.proxy = options_.proxy;
    gate.client_uid = chromium_uid();
    TRY_ASSIGN(out->gate, net::make_request_gate(gate));
    gate.from_outside = true;
    gate.inner_host = options_.inner_host;
    TRY_ASSIGN(out->outer_gate, net::make_request_gate(std::move(gate)));
    TRY_ASSIGN(out->process, ChromiumProcess::start({options_.chromium, options_.temp_folder,
                                                     out->outer_gate->port(), sandbox, options_.ca_file}));
    int read_fd = out->process->take_read_fd(), write_fd = out->process->take_write_fd();
    out->connection = std::make_unique<DevtoolsConnection>(read_fd, write_fd);
    auto inbox = std::make_shared<DevtoolsInbox>();
    auto asked = out->connection->send(inbox, "", "Browser.getVersion", {});
    auto limit = clock_.steady() + options_.start_timeout;
    std::optional<DevtoolsMessage> answer;
    while (asked.has_value() && !answer && !inbox->closed() && !stopping_ && clock_.steady() < limit) {
      answer = inbox->pop_for(milliseconds(200));
    }
    if (!answer) {
      std::string words = out->process->last_words();
      return fail(ErrorCode::kUnavailable, words.empty() ? "no answer on its pipe" : words);
    }
    out->version = text_of(answer->body, "product");
    out->user_agent = text_of(answer->body, "userAgent");
    if (auto at = out->user_agent.find("HeadlessChrome"); at != std::string::npos)
      out->user_agent.erase(at, 8);
    return out;
  }

  RenderOptions options_;
  const Clock& clock_;
  Counter& rendered_total_;
  Counter& failed_total_;
  Counter& dropped_total_;
  Counter& restarts_total_;
  Gauge& memory_bytes_;
  Histogram& seconds_;
  bool off_ = false, missing_ = false;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::unique_ptr<Browser> browser_;
  RenderStatus status_;
  std::size_t waiting_ = 0, inside_ = 0;
  std::uint64_t start_failures_ = 0;
  std::string start_error_;
  SteadyTime start_again_{};
  std::atomic<bool> stopping_ = false;  // set under the lock
  std::jthread keeper_;
};

}  // namespace

std::unique_ptr<Renderer> make_renderer(RenderOptions options, const Clock& clock, Metrics& metrics) {
  return std::make_unique<ChromiumRenderer>(std::move(options), clock, metrics);
}

}  // namespace vedette::sites
