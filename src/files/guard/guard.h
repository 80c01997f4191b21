// Guard: keeps protected trees from being encrypted. Ties gate, vault, judge, freezer and rollback together.
//
//   reader (1)        the gate's batches: reads pass at once, writes and changes go to the actor's strand;
//                     runs before everything else on the machine, and asks /proc only where there is no
//                     TaskProbe or about a process it has not met
//   strands (workers) pre-image, measuring, judging, freezing; in order for each actor
//   range reader (1)  stretches of files above the size cap that are about to be written (guard_ranges.cpp)
//   housekeeping (1)  deadlines, held opens, reads told to the judge
//   syncing (1)       the vault to the disk, once a second
//
// An open for writing is answered when the actor's earlier closes are judged and the pre-image is in the
// vault. No answer takes longer than `answer_deadline`, except that of an actor under an incident, which is
// held for at most `hold_max`. The guard's own opens pass at once; it never opens a protected file on the
// reader. The process's death answers everything with yes (the kernel does).
//
// Where fanotify may not be used, a TreeObserver on the reader's thread sees changes afterwards and judges
// them there; nothing is held, kept, stopped or restored (guard_observe.cpp).
//
// start(), resolve() and status() may be called by any thread; the listener is called on the guard's threads
// and must not call back into it, except status().
#pragma once

#include <sys/stat.h>

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "files/guard/canaries.h"
#include "files/guard/fanotify_gate.h"
#include "files/guard/incident.h"
#include "files/guard/keeper.h"
#include "files/guard/known_files.h"
#include "files/guard/open_intent.h"
#include "files/guard/processes.h"
#include "files/guard/range_gate.h"
#include "files/guard/strands.h"
#include "files/guard/tree_observer.h"
#include "files/guard/vault.h"
#include "files/judge/file_judge.h"
#include "files/judge/measure.h"

namespace vedette::files {

struct GuardOptions {
  std::vector<std::string> trees;    // existing folders
  std::vector<std::string> exclude;  // folders below them that are let alone; may be missing
  std::filesystem::path vault;       // outside of them
  GuardMode mode = GuardMode::kHold;
  bool hold_when_full =
      true;  // no room in the vault: the writer waits (as long as the deadline allows), or not
  VaultLimits limits;
  std::chrono::milliseconds answer_deadline{5'000};
  std::chrono::milliseconds hold_max{600'000};
  std::size_t workers = 4;
  bool canaries = false;          // put out bait files
  std::size_t pins_max = 16'384;  // bounded by the process's limit of descriptors as well
};

// Something a person must know that is no incident. `kind` is stable: "let_through", "vault_full",
// "events_lost", "no_pre_image", "actor_gone", "removed_unguarded", "observe_only".
struct GuardNotice {
  std::string kind;
  std::string text;
  std::string path;
};

class GuardListener {
 public:
  virtual ~GuardListener() = default;
  virtual void on_incident(const FileIncident& incident, const std::vector<Deed>& deeds) = 0;
  virtual void on_rollback(const FileIncident& incident, const std::vector<RestoredFile>& files) = 0;
  virtual void on_notice(const GuardNotice& notice) = 0;
};

enum class Decision { kRollback, kAllow };

class Guard {
 public:
  Guard(GuardOptions options, const Clock& clock, GuardListener& listener);
  ~Guard();

  // kInvalid: a tree or the vault is no place for it (the message says why).
  Result<void> start();
  void stop();

  // `id` may be the beginning of one. kAllow: the actor's executable may write below the trees until `until`.
  struct Resolved {
    FileIncident incident;
    std::vector<RestoredFile> files;
  };
  Result<Resolved> resolve(const std::string& id, Decision decision, WallTime until = {});
  // A person's orders about an incident, in any mode. freeze() stops the actor's processes and holds its
  // opens; kNotFound: nothing of it runs any more. thaw() lets them go on: one that was observed is observed
  // again, of one that the guard stopped the sums start anew. Both may be called again.
  Result<FileIncident> freeze_incident(const std::string& id);
  Result<FileIncident> thaw_incident(const std::string& id);
  std::vector<FileIncident> incidents() const;
  // `revision` differs when the state or the deeds of an incident are others than before.
  struct Incident {
    std::string id;
    IncidentState state;
    std::uint64_t revision;
  };
  std::vector<Incident> incident_states() const;
  std::string sha256_of(std::uint64_t image) const;  // of a pre-image; "" where it was not computed
  // One incident with all its deeds, those that were undone too; in order.
  Result<std::pair<FileIncident, std::vector<Deed>>> incident(const std::string& id) const;
  // Takes the bait files away; how many.
  Result<std::size_t> remove_canaries() { return canaries_->remove(); }

  struct Status {
    std::size_t directories = 0;
    std::uint64_t opens = 0, writes = 0, unknown_intents = 0, images = 0, judged = 0, let_through = 0,
                  lost_batches = 0;
    std::size_t pins = 0, held = 0, incidents = 0, canaries = 0;
    std::uint64_t deeds = 0;      // grows with each change that was written down
    bool keeper = false;          // a process that survives this one holds the pins as well
    bool probe = false;           // TaskProbe works: no look into /proc for each open
    bool observes_only = false;   // no fanotify here
    bool learned = true;          // false: an observer that does not know all files yet
    bool stretches = false;       // of files above the size cap can be kept (RangeGate)
    std::size_t large_files = 0;  // above it that are watched for that
    std::uint64_t stretches_asked = 0, stretches_kept = 0;  // reads and writes of them; those that were kept
    Vault::Status vault;
  };
  Status status() const;
  // Grows while both readers are alive: what the watchdog looks at.
  std::uint64_t ticks() const { return ticks_.load(); }

  using ActorPtr = std::shared_ptr<const SeenActor>;

 private:
  struct Open;  // an incident that is not over
  using Request = std::shared_ptr<OpenRequest>;
  struct Opening {  // on its way through the reader
    Request request;
    std::optional<TaskFacts> facts;
    OpenIntent intent = OpenIntent::kUnknown;
  };

  // guard.cpp
  Result<void> check_places();
  void read_loop(const std::stop_token& stop);
  // Answers reads and the guard's own opens.
  Opening sort_open(const Request& request);
  void take_read(Opening& opening);
  void take_write(const Opening& opening);
  ActorPtr actor_of(const Opening& opening);
  void take_names(const NameEvent& event);
  void housekeeping(const std::stop_token& stop);
  void absorb_reads();
  void notice(std::string kind, std::string text, std::string path = {});

  // guard_observe.cpp
  Result<void> start_observing(const Error& why);
  void observe_loop(const std::stop_token& stop);
  bool join_observed(const std::string& key, const Judgement& judgement);

  // guard_opens.cpp: on strands
  void write_open(const Request& request, const ActorPtr& actor, const std::string& key);
  std::shared_ptr<Known> answer_write(const Request& request, const ActorPtr& actor, const std::string& key);
  bool keep_before(const Request& request, Known& known, const struct stat& status, const ActorPtr& actor,
                   const std::string& key);
  bool take_image(const Request& request, Known& known, const ActorPtr& actor, const std::string& key);
  Result<Image> keep_image(const Request& request, const Known& known, const ActorPtr& actor,
                           const std::string& key);
  void check_open_writes(const ActorPtr& actor, const std::string& key, std::size_t from);
  struct Standing {
    double score = 0;           // above 0: there is something against it
    bool rename_burst = false;  // Judgement::rename_burst
  };
  Standing standing_of(const std::string& key) const;
  bool has_unwritten(const std::string& key, bool or_unclosed) const;
  void await_writes(const Request& request, const ActorPtr& actor, const std::string& key);
  bool hold(const Request& request, const Actor& actor, const std::string& key);

  // guard_ranges.cpp
  void start_ranges();
  bool ranges_answer();  // for the reader: false when the range reader has stood still for long
  void range_loop(const std::stop_token& stop);
  void sweep(const std::stop_token& stop);
  void take_access(const RangeRequest& request);
  void keep_access(const RangeRequest& request, const FileId& file);
  // Has the stretches of a file above the size cap told from its next open on, where that is of use.
  void cover(int fd);
  bool covered_before(const FileId& file, SteadyTime at) const;
  Result<Image> keep_large(const Request& request, const Known& known, const ActorPtr& actor,
                           const std::string& key);
  bool keep_whole(const Request& request, const Known& known);

  // guard_changes.cpp: on strands
  Unhurried at_leisure(const std::string& key, std::uint64_t size) const;
  void changed(const NameEvent& event, const ActorPtr& actor, const std::string& key);
  void closed(const NameEvent& event, const ActorPtr& actor, const std::string& key);
  // False: nothing was written since it was looked at last.
  bool content_changed(Known& known, const std::string& path, const ActorPtr& actor, const std::string& key,
                       SteadyTime since);
  void renamed(const NameEvent& event, const ActorPtr& actor, const std::string& key);
  void deleted(const NameEvent& event, const ActorPtr& actor, const std::string& key);
  void judge(FileChange change, Deed deed, const ActorPtr& actor, const std::string& key, SteadyTime since);

  // guard_orders.cpp
  std::shared_ptr<Open> find_incident(const std::string& id) const;
  void take_up_incidents();
  bool excluded(const std::string& path) const;
  // guard_pins.cpp
  void take_up_pins();
  void tell_of_removed(std::vector<KeeperLink::Kept> removed);
  void release_old_pins();

  // guard_response.cpp
  Result<Resolved> resolve_now(const std::string& id, Decision decision, WallTime until);
  void save_pins(const std::vector<Deed>& deeds);
  void convict(const Actor& actor, const std::string& key, const Judgement& judgement, SteadyTime since);
  bool allowed(const Actor& actor, const std::string& path) const;
  ProcessId root_of(const Actor& actor, const FileIncident& incident) const;
  void remember_unfinished(const FileIncident& incident);
  std::vector<Deed> deeds_of(const Open& open) const;
  void remember(Deed deed);
  Resolved roll_back_open(Open& open);

  const GuardOptions options_;
  const Clock& clock_;
  GuardListener& listener_;
  std::unique_ptr<Vault> vault_;
  std::unique_ptr<FanotifyGate> gate_;
  std::unique_ptr<TreeObserver> observer_;  // in place of the gate, or null
  std::unique_ptr<TaskProbe> probe_;        // or null
  std::unique_ptr<RangeGate> ranges_;       // or null
  std::size_t directories_ = 0;
  std::unique_ptr<ActorReader> actors_;
  std::unique_ptr<KnownFiles> known_;
  std::unique_ptr<KeeperLink> keeper_;  // or null
  std::unique_ptr<Canaries> canaries_;

  const MeasureLimits measuring_;  // which stretches of a large file are looked at differs with every start
  std::mutex judge_mutex_;
  FileJudge judge_;

  struct Read {
    Request request;
    ActorPtr actor;
  };
  std::mutex reads_mutex_, absorb_mutex_;
  std::vector<Read> reads_;

  mutable std::mutex mutex_;  // of what follows
  std::deque<Deed> deeds_;
  std::vector<std::shared_ptr<Open>> open_;  // incidents
  std::vector<Allowance> allowances_;
  std::unordered_map<std::string, std::vector<FileId>> open_writes_;  // by actor key
  static constexpr std::size_t kStandingsMax = 4'096;
  std::unordered_map<std::string, Standing> standings_;  // of actors with any evidence, by key
  std::vector<Request> pending_;
  // Files that were made and not closed yet: a rollback removes those of an attacker who was stopped first.
  struct Made {
    std::string path, key;
    std::vector<ProcessId> lineage;
  };
  static constexpr std::size_t kMadeMax = 16'384;
  std::unordered_map<FileId, Made> made_;
  static constexpr std::size_t kCoveredMax = 65'536;
  std::unordered_map<FileId, SteadyTime>
      covered_;                             // files above the size cap, and since when they are marked
  std::unordered_map<dev_t, bool> shares_;  // whether the vault can reflink from there
  bool not_covered_said_ = false;

  std::uint64_t range_ticks_seen_ = 0;  // these two of the reader
  SteadyTime range_ticks_at_{};
  std::atomic<std::uint64_t> ticks_{0}, opens_{0}, writes_{0}, unknown_{0}, images_{0}, judged_{0},
      let_through_{0}, lost_{0}, deeds_written_{0}, range_ticks_{0}, stretches_asked_{0}, stretches_kept_{0};
  std::atomic<std::size_t> long_waits_{0};  // opens that wait for what their actor writes elsewhere
  std::atomic<bool> started_{false}, observing_{false};
  std::unique_ptr<Strands> strands_;
  std::jthread reader_, range_reader_, sweeper_, housekeeper_, syncer_;
};

struct Guard::Open {
  FileIncident incident;
  std::vector<Request> held;
  bool over = false;  // allowed: the actor goes on
  std::uint64_t revision = 1;
};

}  // namespace vedette::files
