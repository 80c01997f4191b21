// GuardService: a guard with the control socket in its vault, for the commands and for an agent.
//
//   {"do":"status"}                        what it serves, counters
//   {"do":"incidents"}                     {"incidents":[{id,state,revision}…]}
//   {"do":"incident","incident":I}         {"incident":{…}} (guard_snapshot.h)
//   {"do":"report","incident":I,"from":n}  at most "count" (500) files of a rollback's report from file n on
//   {"do":"rollback"|"allow"|"freeze"|"thaw","incident":I,…}   allow: "hours"; rollback: "brief":true, no
//   files
//   {"do":"remove_canaries"}               {"event":"canaries_removed","count":n}
//   {"do":"stop"}                          ends this process as SIGTERM does
//   {"do":"events","run":R,"after":n}      the connection becomes the stream of event_feed.h
//
// Events: {"event":"incident","incident":I}, {"event":"rollback","incident":I}, {"event":"notice","kind",
// "text","path"}. They wake a listener; what it wants to know it asks. start() and stop() by one thread.
#pragma once

#include <memory>

#include "files/guard/control.h"
#include "files/guard/event_feed.h"
#include "files/guard/guard.h"

namespace vedette::files {

class GuardService final : public GuardListener {
 public:
  // `also` hears everything too; may be null.
  GuardService(GuardOptions options, const Clock& clock, GuardListener* also);
  ~GuardService() override;

  Result<void> start();
  void stop();
  Guard& guard() { return guard_; }

  void on_incident(const FileIncident& incident, const std::vector<Deed>& deeds) override;
  void on_rollback(const FileIncident& incident, const std::vector<RestoredFile>& files) override;
  void on_notice(const GuardNotice& notice) override;

 private:
  boost::json::object answer(const boost::json::object& request);
  Result<boost::json::object> ordered(std::string_view act, const std::string& id,
                                      const boost::json::object& request);
  Result<boost::json::object> snapshot(const std::string& id) const;

  const GuardOptions options_;
  const Clock& clock_;
  GuardListener* const also_;
  EventFeed feed_;
  Guard guard_;
  std::unique_ptr<ControlServer> control_;
};

}  // namespace vedette::files
