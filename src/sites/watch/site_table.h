// SiteTable: the watched sites in memory, found by id. Thread-safe; each record has its own lock.
//
// Lock order: a record's mutex is never taken while the table's is held, and no two records' together.
// Whoever pushes to the Committer does so under the record's mutex, so that outcomes of one site are stored
// in the order they were made; the Committer takes no record's mutex.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "sites/watch/look_memory.h"
#include "sites/watch/site_store.h"

namespace vedette::sites {

struct SiteRecord {
  std::mutex mutex;
  Site site;
  SiteMemory memory;
  LookMemory looks;
  std::vector<std::string> ignored;
  std::size_t connection_hash = 0;  // of the stored part "connection", to store it only when it changes
  std::optional<bool>
      outside;  // whether the page stands at a public address, or leads there; unknown until fetched
  bool secrets_lost = false;  // sealed with another key: the site is asked without them
  bool removed = false;
};
using RecordPtr = std::shared_ptr<SiteRecord>;

class SiteTable {
 public:
  RecordPtr find(const std::string& id) const {
    std::lock_guard lock(mutex_);
    auto found = records_.find(id);
    return found == records_.end() ? nullptr : found->second;
  }
  void insert(RecordPtr record) {
    std::lock_guard lock(mutex_);
    records_[record->site.id] = std::move(record);
  }
  void erase(const std::string& id) {
    std::lock_guard lock(mutex_);
    records_.erase(id);
  }
  std::vector<RecordPtr> all() const {  // in the order of their ids
    std::lock_guard lock(mutex_);
    std::vector<RecordPtr> out;
    out.reserve(records_.size());
    for (const auto& [id, record] : records_) out.push_back(record);
    return out;
  }
  std::size_t size() const {
    std::lock_guard lock(mutex_);
    return records_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, RecordPtr> records_;
};

}  // namespace vedette::sites
