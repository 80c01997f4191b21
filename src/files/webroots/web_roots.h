// WebRoots: real-time integrity of web roots. Knows every file below them (Baseline), hears of each change
// (TreeWatch), judges it (change_judge, ShellRules), and tells a FindingSink.
//
//   reader (1)    the kernel's events: who wrote (package manager or not), into the pending paths
//   examiner (1)  paths that have been quiet for `settle`: read, hash, judge, report, then store
//
// The baseline takes a change up only after its finding was reported, so a crash between the two says it
// again rather than never; what changed while nobody watched is found by the pass at start. The first pass
// over a root learns it: what is there is taken as right, except web shells. A burst of changes becomes one
// finding. Too many pending paths or lost events lead to a new pass, not to a loss.
//
// start(), stop(), status() and recent() may be called by any thread; the sink is called on the examiner.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "base/clock.h"
#include "base/metrics.h"
#include "files/guard/processes.h"
#include "files/webroots/baseline.h"
#include "files/webroots/change_judge.h"
#include "files/webroots/deploy.h"
#include "files/webroots/tree_watch.h"
#include "files/webroots/web_folder.h"
#include "files/webroots/web_root.h"
#include "files/webroots/writer.h"
#include "model/finding_sink.h"

namespace vedette::files {

struct WebRootsOptions {
  std::vector<WebRoot> roots;   // empty: discover_web_roots()
  std::filesystem::path state;  // a folder of its own, 0700; outside of the roots
  std::string host_id, host_name;
  bool fanotify = true;  // false: inotify at once
  std::chrono::milliseconds settle{200};
  std::chrono::milliseconds settle_max{800};    // a path that is written all the time is looked at after this
  std::chrono::milliseconds burst_calm{1500};   // a burst is over when it was calm for this long
  std::chrono::milliseconds burst_max{10'000};  // and is told at the latest after this
  std::size_t pending_max = 8192;
  std::size_t individual_max = 8;  // findings of one round before they are told as one
};

class WebRoots {
 public:
  WebRoots(WebRootsOptions options, const Clock& clock, FindingSink& sink, Metrics& metrics);
  ~WebRoots();

  // Marks the trees and returns; learning or comparing goes on behind it. kNotFound: there is no web root.
  Result<void> start();
  void stop();
  // One pass over everything, every file hashed, without watching; not together with start().
  Result<void> check_once();

  struct RootStatus {
    WebRoot root;
    std::string resolved;
    bool learned = false;
    std::int64_t files = 0;
  };
  struct Status {
    std::vector<RootStatus> roots;
    std::string method;  // "fanotify", "inotify", "" before start()
    std::size_t directories = 0, pending = 0, held = 0;
    std::uint64_t events = 0, examined = 0, findings = 0, quiet = 0, overflows = 0, passes = 0,
                  unreadable = 0, incomplete_scans = 0, report_failures = 0;
    std::vector<Message> blind;  // what this host's web roots cannot be watched for, for a person
  };
  Status status() const;
  Result<std::vector<WebChange>> recent(std::size_t limit) const;
  // For the agent: the same as `vedette files deploy`.
  Result<DeployWindow> open_deploy(std::chrono::seconds duration, std::string root, std::string note);

 private:
  struct Root;
  struct Pending {
    SteadyTime first{}, last{};
    WallTime at{};
    Writer writer = Writer::kUnknown;
    bool directory = false;
  };
  // One examined change: what to store, and what to say of it.
  struct Outcome {
    const Root* root = nullptr;
    Baseline::Update update;
    WebChange change;
    std::optional<WebVerdict> verdict;
  };
  using Outcomes = std::map<std::string, Outcome>;  // by absolute path

  // web_roots.cpp
  Result<void> prepare();
  Result<void> open_watch();
  void read_loop(const std::stop_token& stop);
  void take(const TreeEvent& event, WallTime now);
  void examine_loop(const std::stop_token& stop);
  bool examine_ready(const std::stop_token& stop);
  void check_links();
  void watch_moved();
  Root* root_of(std::string_view path) const;

  // web_roots_examine.cpp
  Result<void> pass(Root& root, const std::string& below, bool deep, const std::stop_token& stop);
  Result<void> examine_folder(Root& root, const std::string& directory, bool deep, Outcomes& out,
                              std::vector<std::string>& folders);
  void examine_removed(Root& root, const std::string& below, const std::set<std::string>& seen,
                       Outcomes& out);
  void examine_file(Root& root, const std::string& directory, const std::string& name, const WebFile* file,
                    const KnownWebFile* known, const Pending& event, bool deep, Outcomes& out);
  void examine_path(Root& root, const std::string& relative, const Pending& event, Outcomes& out);
  std::string quiet_because(const Root& root, const Outcome& outcome, const Pending& event);

  // web_roots_report.cpp
  void settle(Outcomes outcomes);
  bool report(std::vector<Outcome> outcomes, bool together);
  void tell_held(bool now);
  Finding finding_of(const Outcome& outcome) const;
  Finding finding_of_many(const std::vector<Outcome>& outcomes) const;
  void tell_overflow();

  WebRootsOptions options_;
  const Clock& clock_;
  FindingSink& sink_;
  Metrics& metrics_;
  std::unique_ptr<Baseline> baseline_;
  std::unique_ptr<ShellRules> rules_;
  std::unique_ptr<TreeWatch> watch_;
  std::string method_;
  DeployWindows deploys_;
  ActorReader actors_;
  std::vector<std::unique_ptr<Root>> roots_;

  mutable std::mutex mutex_;  // of what follows
  std::condition_variable woken_;
  std::unordered_map<std::string, Pending> pending_;  // by absolute path
  std::vector<Message> troubles_;
  std::vector<Root*> moved_;

  Outcomes held_;  // the examiner's: changes of a burst, not yet reported
  SteadyTime held_since_{}, held_last_{}, report_again_{}, links_checked_{};
  std::atomic<std::size_t> held_count_{0};
  std::atomic<bool> overflowed_{false};
  std::atomic<std::uint64_t> events_{0}, examined_{0}, findings_{0}, quiet_{0}, overflows_{0}, passes_{0},
      unreadable_{0}, incomplete_{0}, report_failures_{0};
  std::jthread reader_, examiner_;
};

struct WebRoots::Root {
  WebRoot config;
  std::string resolved;  // without links; "" while it is not there
  std::int64_t id = 0;
  std::atomic<bool> learned{false}, pass_due{true};
  std::unique_ptr<WebFolder> folder;
};

}  // namespace vedette::files
