// One stand-alone check of an address: `vedette sites check URL…`. No store, no profile, no schedule.
//
// The page is fetched once and judged without anything learnt, so it names only what is hostile by itself;
// beside it the certificate, the DNS answers and the origins the page takes code from. Blocks for at most
// about 30 s.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/message.h"
#include "net/fetcher.h"
#include "sites/judge/judge.h"

namespace vedette::sites {

struct CheckOptions {
  bool allow_loopback = false;
  bool verify_tls = true;
  bool dns = true;
  std::vector<std::string> dns_resolvers;  // empty: the system's
  std::chrono::milliseconds timeout{20'000};
};

struct CheckedPage {
  std::string url;
  net::FetchResult fetch;
  std::string failure;  // in English; empty when there is a page to judge
  Judgement judgement;
  std::string title;
  std::string encoding;
  int blocks = 0;
  std::vector<std::pair<std::string, std::string>> origins;  // kind ("script", "frame"…), foreign origin
  std::vector<std::pair<std::string, std::vector<std::string>>> records;  // "A" → values
  bool finding() const;                                                   // something a person should look at
};

CheckedPage check_page(const std::string& url, const CheckOptions& options, net::Fetcher& fetcher,
                       const Clock& clock);

std::string check_text(const CheckedPage& page, Language language);  // several lines for a terminal
std::string check_json(const CheckedPage& page, Language language);  // one line

// 0: nothing found; 1: a finding; 2: a page could not be checked. The worst of several.
int check_exit_code(const std::vector<CheckedPage>& pages);

}  // namespace vedette::sites
