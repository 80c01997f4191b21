// AdvisoryPages: between the desk's advisories and the pages that the site watch keeps. Looks at the newest
// stored page of every site, and once, for a fresh advisory, at all that are stored before it.
//
//   thread (1), every few seconds; once a minute the list as the advisories are now
//     site's newest page or the list is new? ──> indicators_in() ──> met: finding; no more there: it is over
//     advisory never looked back for?        ──> stored pages, newest first ──> met: finding that says when
//
// What was said is a row in the transaction that says it, so that a restart repeats nothing. The site watch
// keeps a page that it finds suspicious at once and one that is as learnt at most once an hour: so much later
// a quiet change is seen here. start() and stop() by one thread; refresh() and look() by the thread alone, or
// by a test.
#pragma once

#include <map>
#include <thread>

#include "desk/advisories/advisories.h"
#include "server/advisories/page_indicators.h"
#include "sites/watch/site_watch.h"

namespace vedette::server {

std::span<const store::Migration> advisory_page_migrations();

class AdvisoryPages {
 public:
  static constexpr std::size_t kPagesMax = 20'000;  // of one look back, over all sites

  AdvisoryPages(desk::Advisories& advisories, sites::SiteWatch& sites, desk::Desk& desk,
                store::Database& database, const Clock& clock)
      : advisories_(advisories), sites_(sites), desk_(desk), database_(database), clock_(clock) {}
  ~AdvisoryPages() { stop(); }

  void start();
  void stop();
  Result<void> refresh();
  // Once over everything that is new.
  Result<void> look(const std::stop_token& stop);

 private:
  struct Said {  // one indicator on one site
    bool now = false;
    std::string place = {};
  };
  using SaidOfSite = std::map<std::pair<std::string, std::string>, Said>;  // (advisory, indicator)

  Result<void> look_at(const sites::Site& site, const logs::WatchList& list);
  Result<void> look_back(const sites::Site& site, const logs::WatchList& list, std::size_t& pages,
                         const std::stop_token& stop);
  Result<std::vector<std::string>> redirects_of(const std::string& site_id);
  Result<SaidOfSite> said_of(const std::string& site_id);
  Result<std::vector<sites::Site>> all_sites();
  Result<bool> looked_back(const std::string& advisory_id);
  void run(const std::stop_token& stop);

  desk::Advisories& advisories_;
  sites::SiteWatch& sites_;
  desk::Desk& desk_;
  store::Database& database_;
  const Clock& clock_;
  std::vector<desk::Advisories::Watched> watched_;
  std::shared_ptr<const logs::WatchList> list_;
  std::string fingerprint_;
  std::map<std::string, std::string> seen_;  // site → newest page and list it was held against
  std::jthread thread_;
};

}  // namespace vedette::server
