#include "base/metrics.h"

#include <gmock/gmock.h>

namespace vedette {
namespace {

using testing::HasSubstr;

TEST(Metrics, ExposesWhatWasCountedAndAsksReadersAtScrape) {
  Metrics metrics;
  metrics.counter("vedette_fetches_total", "Fetches", {{"result", "ok"}}).add();
  metrics.counter("vedette_fetches_total", "Fetches", {{"result", "ok"}}).add(2);
  metrics.counter("vedette_fetches_total", "Fetches", {{"result", "failed"}}).add();
  metrics.on_scrape([](Metrics& m) { m.gauge("vedette_queue_depth", "Depth").set(7); });
  auto text = metrics.expose();
  EXPECT_THAT(text, HasSubstr("vedette_fetches_total{result=\"ok\"} 3"));
  EXPECT_THAT(text, HasSubstr("vedette_fetches_total{result=\"failed\"} 1"));
  EXPECT_THAT(text, HasSubstr("vedette_queue_depth 7"));
}

}  // namespace
}  // namespace vedette
