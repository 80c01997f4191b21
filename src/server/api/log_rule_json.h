// The log watch's rules as the API shows them, in the reader's language.
#pragma once

#include <boost/json.hpp>

#include "logs/watch/rule_trial.h"
#include "server/api/schema.h"
#include "server/logs/log_service.h"

namespace vedette::server {

Schema log_rule_shape();
Schema log_rule_detail_shape();
Schema rule_off_shape();
Schema rule_trial_shape();

// What is known of the rules in force at one moment, taken once for a whole list.
struct LogRulesNow {
  explicit LogRulesNow(LogService& service);
  std::shared_ptr<const logs::RuleSnapshot> rules;
  logs::LogWatch::Status status;
  std::vector<logs::sigma::Blind> blind;
  std::map<std::string, RuleOff> off;

  boost::json::object rule_json(std::size_t number, Language language) const;
  boost::json::object detail_json(std::size_t number, Language language) const;
};

boost::json::object rule_off_json(const RuleOff& off);
boost::json::object rule_trial_json(const logs::RuleTrial& trial, Language language);
const std::string& title_of(const logs::RuleFacts& rule, Language language);

}  // namespace vedette::server
