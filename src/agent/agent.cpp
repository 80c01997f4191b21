#include "agent/agent.h"

#include <boost/json.hpp>

#include "agent/logs/log_record.h"
#include "base/log.h"
#include "files/webroots/discover.h"

namespace vedette::agent {
namespace json = boost::json;
namespace {

constexpr std::size_t kOrdersMax = 16, kLogRecordBytesMax = 2u << 20;
constexpr std::int64_t kIntervalMax = 300;
// A host gets a web server, or a policy names a folder that is made later.
constexpr std::chrono::minutes kLookForRoots{10};

}  // namespace

Result<std::unique_ptr<Agent>> Agent::open(AgentOptions options, const Clock& clock, Metrics& metrics) {
  TRY_ASSIGN(auto identity, read_identity(options.state));
  TRY_ASSIGN(auto spool, Spool::open({.file = options.state / "spool.db"}, clock, metrics));
  // A line of kEventBytesMax fits as it is sent. What is not taken stays in its file.
  TRY_ASSIGN(auto log_spool, Spool::open({.file = options.state / "logs.db",
                                          .record_bytes_max = kLogRecordBytesMax,
                                          .drop_oldest = false},
                                         clock, metrics));
  return std::unique_ptr<Agent>(new Agent(std::move(options), std::move(identity), std::move(spool),
                                          std::move(log_spool), clock, metrics));
}

Agent::Agent(AgentOptions options, Identity identity, std::unique_ptr<Spool> spool,
             std::unique_ptr<Spool> log_spool, const Clock& clock, Metrics& metrics)
    : options_(std::move(options)),
      identity_(std::move(identity)),
      spool_(std::move(spool)),
      log_spool_(std::move(log_spool)),
      clock_(clock),
      metrics_(metrics),
      keeper_({.program = options_.program,
               .vault = options_.state / "vault",
               .host = {identity_.host_id, identity_.name}},
              *spool_, clock, [this] { wake(); }),
      follower_({.zone = system_zone_name()}, *log_spool_, clock, [this] { wake(); }),
      policies_(options_.state, identity_.host_id, identity_.command_key),
      interval_(options_.heartbeat) {}

Agent::~Agent() { stop(); }

Result<void> Agent::start() {
  load_policy();
  keeper_.start(policy_);
  follow_web_roots();
  follow_logs();
  follower_.start();
  turned_ = clock_.steady();
  uplink_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  return {};
}

void Agent::stop() {
  uplink_ = {};
  follower_.stop();
  keeper_.stop();
  std::lock_guard lock(roots_mutex_);
  roots_.reset();
}

void Agent::wake() {
  {
    std::lock_guard lock(mutex_);
    work_ = true;
  }
  woken_.notify_all();
}

Result<void> Agent::report(const std::vector<Finding>& findings) {
  std::vector<std::string> bodies;
  for (const auto& finding : findings) bodies.push_back(finding_record(finding));
  TRY(spool_->add(bodies, {}));
  wake();
  return {};
}

// The policy of before holds without the server, too. One that cannot be believed is as none; the server
// sends it again.
void Agent::load_policy() {
  auto policy = policies_.load();
  if (policy) {
    policy_ = *std::move(policy);
  } else {
    policy_error_ = policy.error().full();
    log::error("agent.policy", "the policy that was kept is not taken", {{"error.message", policy_error_}});
    keeper_.note("policy_refused", policy_error_);
  }
  std::lock_guard lock(mutex_);
  version_ = policy_.version;
}

void Agent::take_answer(const json::object& answer, WallTime sent) {
  if (const auto* seconds = answer.if_contains("interval_s"); seconds && seconds->is_int64())
    interval_ = std::chrono::seconds(std::clamp<std::int64_t>(seconds->get_int64(), 1, kIntervalMax));
  if (const auto* now = answer.if_contains("now"); now && now->is_string()) {
    if (auto time = parse_rfc3339(now->get_string())) {
      auto received = clock_.wall();
      std::lock_guard lock(mutex_);
      skew_ = *time - (sent + (received - sent) / 2);
      clock_seen_ = true;
    }
  }
  if (const auto* policy = answer.if_contains("policy"); policy && !policy->is_null()) take_policy(*policy);
  if (const auto* orders = answer.if_contains("orders"); orders && orders->is_array()) {
    const auto& list = orders->get_array();
    for (std::size_t i = 0; i < std::min(list.size(), kOrdersMax); ++i) take_order(list[i]);
  }
}

void Agent::take_policy(const json::value& signed_policy) {
  auto taken = policies_.take(signed_policy);
  if (!taken) {
    if (policy_error_ != taken.error().full()) {
      policy_error_ = taken.error().full();
      log::error("agent.policy", "a policy is refused", {{"error.message", policy_error_}});
      if (!identity_.command_key.empty()) keeper_.note("policy_refused", policy_error_);
    }
    return;
  }
  policy_error_.clear();
  policy_ = *std::move(taken);
  log::info("agent.policy", "a policy is in force",
            {{"policy.version", policy_.version}, {"policy.mode", mode_name(policy_.mode)}});
  {
    std::lock_guard lock(mutex_);
    version_ = policy_.version;
  }
  keeper_.set_policy(policy_);
  roots_due_ = {};
  follow_web_roots();
  follow_logs();
}

void Agent::take_order(const json::value& signed_order) {
  auto refuse = [&](const Error& error) {
    log::error("agent.orders", "an order is refused", {{"error.message", error.full()}});
    if (!identity_.command_key.empty()) keeper_.note("order_refused", error.full());
  };
  auto payload = verified_payload(signed_order, identity_.command_key);
  if (!payload) return refuse(payload.error());
  auto order = read_order(*payload, identity_.host_id);
  if (!order) return refuse(order.error());
  std::chrono::milliseconds skew{};
  {
    std::lock_guard lock(mutex_);
    skew = skew_;
  }
  keeper_.give(*order, skew);
}

void Agent::follow_logs() {
  auto sources = policy_.logs;
  for (const auto& files : options_.log_files)
    if (std::ranges::find(sources.files, files.pattern, &LogFiles::pattern) == sources.files.end())
      sources.files.push_back(files);
  follower_.set_sources(std::move(sources));
}

// Those given by hand, else the policy's and those of the web servers found here.
void Agent::follow_web_roots() {
  if (clock_.steady() < roots_due_) return;
  roots_due_ = clock_.steady() + kLookForRoots;
  auto wanted = options_.web_roots;
  if (wanted.empty()) {
    for (const auto& path : policy_.web_roots) wanted.push_back({path, {}, "policy"});
    if (policy_.web_root_discovery) {
      for (auto& root : files::discover_web_roots())
        if (std::ranges::find(wanted, root.path, &files::WebRoot::path) == wanted.end())
          wanted.push_back(std::move(root));
    }
  }
  std::lock_guard lock(roots_mutex_);
  if (wanted == watched_ && (roots_ || wanted.empty())) return;
  roots_.reset();
  watched_ = wanted;
  roots_error_.clear();
  if (wanted.empty()) return;
  files::WebRootsOptions options;
  options.roots = wanted;
  options.state = options_.state / "webroots";
  options.host_id = identity_.host_id;
  options.host_name = identity_.name;
  auto roots = std::make_unique<files::WebRoots>(std::move(options), clock_, *this, metrics_);
  auto started = roots->start();
  if (started) {
    roots_ = std::move(roots);
    return;
  }
  roots_error_ = started.error().full();
  log::warn("agent.webroots", "the web roots are not watched", {{"error.message", roots_error_}});
}

Agent::Status Agent::status() const {
  Status out;
  if (auto spool = spool_->status()) out.spool = *spool;
  {
    std::lock_guard lock(roots_mutex_);
    if (roots_)
      for (const auto& root : roots_->status().roots) out.web_roots.push_back(root.root.path);
  }
  std::lock_guard lock(mutex_);
  out.policy_version = version_;
  out.connected = connected_;
  out.last_error = last_error_;
  out.skew = skew_;
  return out;
}

}  // namespace vedette::agent
