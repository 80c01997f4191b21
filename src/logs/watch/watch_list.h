// WatchList: the indicators of advisories, all at once, against the fields of one event.
//
// Most fields of most events hold nothing that could be listed: a filter over the name's length and three of
// its bytes tells, so that an event without such a field costs a few nanoseconds for each field, however long
// the lists are. A value is held against a bit map by its first and last bytes before anything is made of it,
// then looked up by hash; addresses by prefix too, names with those above them.
//
// Immutable; shared by threads. match() needs a WatchScratch of its own thread.
#pragma once

#include <array>
#include <bitset>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "logs/event.h"
#include "model/severity.h"

namespace vedette::logs {

enum class WatchKind : std::uint8_t { kAddress, kName, kUrl, kHash, kMail };

// `value`: lower case but for a URL's path; an address as RFC 5952 writes it, or a prefix "198.51.100.0/24".
struct WatchTerm {
  WatchKind kind = WatchKind::kAddress;
  std::string value = {};
};

struct AdvisoryFacts {
  std::string id = {}, title = {}, reference = {}, authority = {};
  Severity severity = Severity::kHigh;
};

struct WatchEntry {
  std::size_t advisory = 0;         // its place in the advisories
  std::vector<WatchTerm> all = {};  // all of them in one event; at most kTermsMax
  std::string shown = {};           // for the person, defanged
};

struct WatchHit {
  const AdvisoryFacts* advisory = nullptr;  // of the list
  const std::string* indicator = nullptr;   // WatchEntry::shown
};

struct WatchScratch {
  std::vector<std::uint32_t> seen = {};  // terms that were met
  std::vector<WatchHit> hits = {};
  std::string text = {}, key = {};
};

class WatchList {
 public:
  static constexpr std::size_t kEntriesMax = 200'000, kTermsMax = 8, kHitsMax = 16, kValueBytesMax = 4096;

  // Entries that name no advisory or hold no term or too many are an assertion: whoever makes the list has
  // checked them. More than kEntriesMax too.
  static std::shared_ptr<const WatchList> make(std::vector<AdvisoryFacts> advisories,
                                               std::vector<WatchEntry> entries);

  bool empty() const { return entries_.empty(); }
  std::size_t size() const { return entries_.size(); }
  // Of the event's fields and no others; at most kHitsMax, each entry once. Valid until the next call with
  // this scratch.
  const std::vector<WatchHit>& match(const EventView& event, WatchScratch& scratch) const;

 private:
  using Terms = std::unordered_map<std::string, std::uint32_t>;  // value → number of the term
  WatchList() = default;
  std::uint32_t number_of(WatchTerm term);
  void look_up(std::uint8_t kinds, std::string_view value, WatchScratch& scratch) const;
  void look_up_address(std::string_view value, WatchScratch& scratch) const;
  void look_up_name(std::string_view value, WatchScratch& scratch) const;
  void look_up_url(std::string_view value, WatchScratch& scratch) const;
  void look_up_hashes(std::string_view value, WatchScratch& scratch) const;
  void look_up_networks(std::uint32_t address, WatchScratch& scratch) const;
  // False: no term of this kind is written so, in whatever case.
  bool may_hold(WatchKind kind, std::string_view value) const;
  void meet(WatchKind kind, const std::string& value, WatchScratch& scratch) const;

  std::vector<AdvisoryFacts> advisories_;
  std::vector<WatchEntry> entries_;
  std::array<Terms, 5> terms_;                                  // by kind
  std::vector<std::vector<std::uint32_t>> entries_with_;        // by term
  std::vector<std::vector<std::uint32_t>> terms_of_;            // by entry
  std::vector<std::uint64_t> filter_;                           // a power of two of words
  std::unordered_map<std::uint64_t, std::uint32_t> networks4_;  // address << 8 | length → number of the term
  std::vector<int> lengths4_;                                   // of networks4_
  std::bitset<129> prefixes6_;                                  // lengths that occur
};

// A URL as it is compared: without scheme, user, fragment and usual port, its host in lower case. "": it has
// no host.
std::string url_key(std::string_view url);

}  // namespace vedette::logs
