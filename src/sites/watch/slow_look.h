// SlowLook: one slow look at one site: its DNS records, its linked scripts and stylesheets, or what search
// robots are shown.
//
// look() blocks for as long as the answers take (each has its own time limit) and holds the site's record
// only while it compares and hands the outcome to the committer. Called by the rota's threads; one look of
// one kind at one site at a time. Answers for an address that was changed meanwhile are dropped.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "sites/watch/check_pipeline.h"

namespace vedette::sites {

struct CloakRound;

enum class LookEnd {
  kDone,
  kNotYet,   // the site is being learnt or does not answer: soon again
  kNothing,  // there is nothing to look at: an address without a name, a page without scripts
  kDropped   // the watch stops, or the site was changed, paused or removed meanwhile
};

// A host that resolvers can be asked for: no address, and not this machine.
bool has_dns_name(std::string_view host);

class SlowLook {
 public:
  explicit SlowLook(WatchParts parts) : parts_(std::move(parts)) {}

  LookEnd look(const RecordPtr& record, Look look);
  // No fetch begins afterwards; what runs ends when the fetcher is destroyed.
  void close();

  struct Resolvers {
    int asked = 0, failing = 0;
  };
  Resolvers resolvers() const;  // as each of them answered last, whatever the site

 private:
  struct Target {  // of the site when the look began
    Site site;
    SiteMemory memory;
    std::shared_ptr<const SiteWatchOptions> options;
    std::optional<bool> outside;
  };
  LookEnd dns(const RecordPtr& record, const Target& target);
  LookEnd resources(const RecordPtr& record, const Target& target);
  LookEnd cloak(const RecordPtr& record, const Target& target);

  // One result for each request, in their order; nothing when the watch stops.
  std::optional<std::vector<net::FetchResult>> fetch_all(std::vector<net::FetchRequest> requests);
  std::string stored_part(const std::string& id, const std::string& part);
  bool stale(const SiteRecord& record, const Target& target) const;
  bool in_window(const SiteRecord& record) const;
  // Under the record's lock. `conditions`: nothing: what is open stays open.
  void commit(SiteRecord& record, Look look, std::pair<std::string, std::string> part, Question question,
              std::optional<std::vector<Condition>> conditions, std::vector<Condition> events,
              std::vector<StoredSnapshot> evidence = {});  // `evidence`: stored if anything is news
  std::vector<StoredSnapshot> keep_visits(CloakRound& round, const std::vector<net::FetchResult>& pages,
                                          const std::string& own_sha256);

  WatchParts parts_;
  std::mutex gate_;
  std::atomic<bool> closed_ = false;
  mutable std::mutex resolvers_mutex_;
  std::map<std::string, bool> resolvers_;  // whether it answered; at most kResolversMax
};

}  // namespace vedette::sites
