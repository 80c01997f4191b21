#include "net/fetcher.h"

#include <condition_variable>
#include <deque>
#include <thread>
#include <unordered_map>

#include "base/log.h"
#include "net/fetch_transfer.h"

namespace vedette::net {
namespace {

constexpr int kPollMs = 1000;
constexpr int kPollHeldMs = 10;

struct CurlMultiCleanup {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

struct Waiting {
  FetchRequest request;
  Url url;
  Fetcher::Done done;
};

class CurlFetcher final : public Fetcher {
 public:
  CurlFetcher(FetcherOptions options, const Clock& clock, Metrics& metrics)
      : options_(options), clock_(clock), metrics_(metrics) {
    VEDETTE_ASSERT(options.queue > 0 && options.parallel_max > 0 && options.per_host_max > 0);
    budget_.body_bytes_max = options.body_memory_max;
    (void)new_curl_easy("");  // libcurl's one-time initialisation
    multi_.reset(curl_multi_init());
    VEDETTE_ASSERT(multi_ != nullptr);
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(options.parallel_max));
    thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
  }
  ~CurlFetcher() override {
    thread_.request_stop();
    curl_multi_wakeup(multi_.get());
    thread_.join();
  }

  Result<void> fetch(FetchRequest request, Done done) override {
    TRY_ASSIGN(auto url, parse_url(request.url));
    if (!is_http(url)) return fail(ErrorCode::kInvalid, "only http:// and https:// addresses can be fetched");
    {
      std::lock_guard lock(mutex_);
      if (waiting_.load() >= options_.queue) {
        refused_.add();
        return fail(ErrorCode::kLimit, fmt::format("{} fetches are waiting already", options_.queue));
      }
      waiting_.fetch_add(1);
      incoming_.push_back({std::move(request), std::move(url), std::move(done)});
    }
    curl_multi_wakeup(multi_.get());
    return {};
  }
  std::size_t waiting() const override { return waiting_.load(); }
  std::size_t running() const override { return running_.load(); }

 private:
  struct Host {
    std::deque<Waiting> waiting;
    std::size_t running = 0;
    bool ready = false;  // stands in ready_
  };

  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      sort_incoming();
      start_ready();
      int active = 0;
      curl_multi_perform(multi_.get(), &active);
      if (collect()) continue;  // there is room for the next ones
      waiting_gauge_.set(static_cast<double>(waiting_.load()));
      running_gauge_.set(static_cast<double>(running_.load()));
      // Nobody tells when what was handed out is done with.
      const bool held = options_.held != nullptr && !ready_.empty() && options_.held->load() > 0;
      curl_multi_poll(multi_.get(), nullptr, 0, held ? kPollHeldMs : kPollMs, nullptr);
    }
    cancel_all();
  }

  void sort_incoming() {
    std::deque<Waiting> fresh;
    {
      std::lock_guard lock(mutex_);
      fresh.swap(incoming_);
    }
    for (auto& each : fresh) {
      const std::string name = each.url.host;
      auto& host = hosts_[name];
      const bool urgent = each.request.urgent;
      if (urgent) {
        host.waiting.push_front(std::move(each));
      } else {
        host.waiting.push_back(std::move(each));
      }
      offer(name, host, urgent);
    }
  }

  // Hosts take turns, so that one with a long queue does not hold up the others.
  void offer(const std::string& name, Host& host, bool first = false) {
    if (host.ready || host.waiting.empty() || host.running >= options_.per_host_max) return;
    host.ready = true;
    if (first) {
      ready_.push_front(name);
    } else {
      ready_.push_back(name);
    }
  }

  // Pages wait while what runs is expected to fill the memory, so that what runs can grow to its end.
  bool fits(const FetchRequest& request) const {
    const std::size_t held = options_.held == nullptr ? 0 : options_.held->load();
    if (running_.load() == 0 && held == 0) return true;
    return std::max(budget_.expected, budget_.body_bytes) + held + FetchTransfer::expected_bytes(request) <=
           options_.body_memory_goal;
  }

  void start_ready() {
    while (!ready_.empty() && running_.load() < options_.parallel_max &&
           fits(hosts_.at(ready_.front()).waiting.front().request)) {
      const std::string name = std::move(ready_.front());
      ready_.pop_front();
      auto& host = hosts_.at(name);
      host.ready = false;
      auto next = std::move(host.waiting.front());
      host.waiting.pop_front();
      ++host.running;
      waiting_.fetch_sub(1);
      running_.fetch_add(1);
      offer(name, host);
      auto transfer = std::make_unique<FetchTransfer>(std::move(next.request), std::move(next.url),
                                                      std::move(next.done), budget_, clock_.steady());
      budget_.expected += transfer->expected();
      FetchTransfer* raw = transfer.get();
      transfers_.emplace(raw, std::move(transfer));
      start_hop(*raw);
    }
  }

  void start_hop(FetchTransfer& transfer) {
    if (transfer.prepare(clock_.steady())) {
      curl_multi_add_handle(multi_.get(), transfer.handle());
    } else {
      finish(transfer);
    }
  }

  bool collect() {
    bool any = false;
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      any = true;
      const CURLcode code = message->data.result;
      CURL* handle = message->easy_handle;
      FetchTransfer* transfer = nullptr;
      curl_easy_getinfo(handle, CURLINFO_PRIVATE, &transfer);
      curl_multi_remove_handle(multi_.get(), handle);
      if (transfer->hop_finished(code, clock_.steady())) {
        start_hop(*transfer);
      } else {
        finish(*transfer);
      }
    }
    return any;
  }

  void finish(FetchTransfer& transfer) {
    const auto owned = transfers_.extract(&transfer);
    const std::string name = transfer.host();
    metrics_
        .counter("vedette_fetches_total", "Finished fetches, by how they ended.",
                 {{"result", std::string(to_string(transfer.failure()))}})
        .add();
    budget_.expected -= transfer.expected();
    running_.fetch_sub(1);
    auto& host = hosts_.at(name);
    --host.running;
    offer(name, host);
    if (host.running == 0 && host.waiting.empty()) hosts_.erase(name);
    deliver(transfer);
  }

  void deliver(FetchTransfer& transfer) {
    try {
      transfer.deliver(clock_.steady());
    } catch (const std::exception& e) {
      log::error("net.fetcher", "A fetch's callback failed", {{"error.message", e.what()}});
    }
  }

  void cancel_all() {
    sort_incoming();
    for (auto& [raw, transfer] : transfers_) {
      curl_multi_remove_handle(multi_.get(), raw->handle());
      raw->cancel();
      deliver(*raw);
    }
    transfers_.clear();
    running_.store(0);
    for (auto& [name, host] : hosts_) {
      for (auto& each : host.waiting) {
        FetchTransfer transfer(std::move(each.request), std::move(each.url), std::move(each.done), budget_,
                               clock_.steady());
        transfer.cancel();
        deliver(transfer);
      }
    }
    hosts_.clear();
    waiting_.store(0);
  }

  const FetcherOptions options_;
  const Clock& clock_;
  Metrics& metrics_;
  Counter& refused_ =
      metrics_.counter("vedette_fetch_refused_total", "Fetches refused because the queue was full.");
  Gauge& waiting_gauge_ = metrics_.gauge("vedette_fetches_waiting", "Fetches that wait for their turn.");
  Gauge& running_gauge_ = metrics_.gauge("vedette_fetches_running", "Fetches under way.");
  std::mutex mutex_;
  std::deque<Waiting> incoming_;  // under mutex_
  std::atomic<std::size_t> waiting_ = 0;
  std::atomic<std::size_t> running_ = 0;
  // From here on: the fetcher's thread only. The connections go before the transfers that their callbacks
  // name.
  FetchBudget budget_;
  std::unordered_map<std::string, Host> hosts_;
  std::deque<std::string> ready_;
  std::unordered_map<FetchTransfer*, std::unique_ptr<FetchTransfer>> transfers_;
  std::unique_ptr<CURLM, CurlMultiCleanup> multi_;
  std::jthread thread_;
};

}  // namespace

std::string_view to_string(FetchFailure failure) {
  switch (failure) {
    case FetchFailure::kNone:
      return "none";
    case FetchFailure::kDns:
      return "dns";
    case FetchFailure::kConnect:
      return "connect";
    case FetchFailure::kTls:
      return "tls";
    case FetchFailure::kTimeout:
      return "timeout";
    case FetchFailure::kTooLarge:
      return "too_large";
    case FetchFailure::kTooManyRedirects:
      return "too_many_redirects";
    case FetchFailure::kRefusedAddress:
      return "refused_address";
    case FetchFailure::kLedInside:
      return "led_inside";
    case FetchFailure::kTruncated:
      return "truncated";
    case FetchFailure::kProtocol:
      return "protocol";
    case FetchFailure::kCancelled:
      return "cancelled";
  }
  return "protocol";
}

std::unique_ptr<Fetcher> make_fetcher(FetcherOptions options, const Clock& clock, Metrics& metrics) {
  return std::make_unique<CurlFetcher>(options, clock, metrics);
}

FetchResult fetch_once(Fetcher& fetcher, FetchRequest request) {
  struct Slot {
    std::mutex mutex;
    std::condition_variable filled;
    std::optional<FetchResult> result;
  };
  const auto slot = std::make_shared<Slot>();
  const std::string url = request.url;
  const auto queued = fetcher.fetch(std::move(request), [slot](FetchResult result) {
    std::lock_guard lock(slot->mutex);
    slot->result = std::move(result);
    slot->filled.notify_all();
  });
  if (!queued) {
    FetchResult refused;
    refused.failure = FetchFailure::kProtocol;
    refused.failure_detail = queued.error().message();
    refused.final_url = url;
    return refused;
  }
  std::unique_lock lock(slot->mutex);
  slot->filled.wait(lock, [&] { return slot->result.has_value(); });
  return *std::move(slot->result);
}

}  // namespace vedette::net
