// ScriptProbe: has a script of a script shell changed? Asked after the checks of a shell, whose own bytes say
// nothing about what its scripts build; a change is the suspicion that makes RenderWatch look.
//
// The scripts are those that the last look in the browser loaded, those of the site's own domain first. Each
// time at most kPerCheck of the known ones are asked, conditionally but for every tenth time. One that
// changes in a third of its visits or more gives no suspicion. Nothing is stored: after a restart the first
// question is answered with a look. A suspicion is repeated until a look has been taken.
//
// learn() and ask() may be called on any thread and do not wait; the fetcher's answers are compared on a
// thread of the probe's own. Answers that find its queue full are left out and counted by the queue.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/bounded_queue.h"
#include "sites/watch/check_pipeline.h"

namespace vedette::sites {

class ScriptProbe {
 public:
  static constexpr std::size_t kScriptsMax = 12, kPerCheck = 4, kBytesMax = 2u << 20, kQueueMax = 32;
  using Suspect = std::function<void(const std::string& site_id)>;

  ScriptProbe(const WatchParts& parts, Suspect suspect);  // `parts` outlives it
  ~ScriptProbe();
  void start();
  void close();  // no fetch begins afterwards; before the fetcher is destroyed
  void stop();   // after the fetcher is destroyed

  // A look has been taken, in which the page at `url` loaded `scripts`.
  void learn(const std::string& id, const std::string& url, const std::vector<std::string>& scripts);
  void ask(const std::string& id);

 private:
  struct Script {
    std::string url, etag, last_modified, sha256;
    int visits = 0, changes = 0;
  };
  struct Scripts {
    std::vector<Script> list;
    std::size_t next = 0;
    int waiting = 0;
    bool suspected = false;
  };
  struct Answer {
    std::string id, url;
    net::FetchResult result;
  };
  void run();
  void answered(Answer answer);
  bool compare(const Answer& answer);  // true: a suspicion

  const WatchParts& parts_;
  const Suspect suspect_;
  std::mutex mutex_;
  std::map<std::string, Scripts> sites_;
  bool closed_ = false;
  BoundedQueue<Answer> queue_{kQueueMax, Overflow::kRefuse};
  std::jthread thread_;
};

}  // namespace vedette::sites
