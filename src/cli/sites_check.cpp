#include <fmt/format.h>

#include "base/clock.h"
#include "base/metrics.h"
#include "cli/app.h"
#include "cli/command.h"
#include "sites/check.h"

namespace vedette::cli {
namespace {

struct Args {
  std::vector<std::string> urls;
  sites::CheckOptions options;
  std::string language = "en";
  bool json = false, insecure = false, no_dns = false;
};

int check(Args& args) {
  SystemClock clock;
  Metrics metrics;
  auto fetcher = net::make_fetcher({}, clock, metrics);
  args.options.verify_tls = !args.insecure;
  args.options.dns = !args.no_dns;
  auto language = language_from(args.language);
  std::vector<sites::CheckedPage> pages;
  for (const auto& url : args.urls) {
    pages.push_back(sites::check_page(url, args.options, *fetcher, clock));
    auto text =
        args.json ? sites::check_json(pages.back(), language) : sites::check_text(pages.back(), language);
    fmt::print("{}{}", text, text.ends_with('\n') ? "" : "\n");
  }
  return sites::check_exit_code(pages);
}

}  // namespace

void add_sites_check(Command& sites, int& exit_code) {
  auto args = std::make_shared<Args>();
  auto* command =
      sites.add_subcommand("check", "Look at pages once, without a server: page, certificate, DNS, origins");
  command->add_option("url", args->urls, "Addresses, http or https")->required();
  command->add_flag("--json", args->json, "One JSON object a line");
  command->add_option("--language", args->language, "vi or en")
      ->check(one_of({"vi", "en"}))
      ->capture_default_str();
  command->add_flag("--loopback", args->options.allow_loopback, "Also look at pages on this machine");
  command->add_flag("--insecure", args->insecure, "Take the page although its certificate is wrong");
  command->add_flag("--no-dns", args->no_dns, "Do not ask for DNS records");
  command->footer("Exit code 1 when something was found, 2 when a page could not be checked.");
  command->callback([args, &exit_code] { exit_code = check(*args); });
}

}  // namespace vedette::cli
