// Soak: scenes of random kills, stops, evictions, forced resets, recoveries and restarts, for as long as you
// like.
//
//     datablock-soak --seconds S [--seed N] [--scene SECONDS] [--json]
//
// Exit 0: nothing lost, nothing doubled, nothing torn, nobody blocked. 6 otherwise; the failures are on
// stderr.
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "scene.hpp"

int main(int argc, char** argv) {
  using namespace datablock;
  using namespace datablock::soak;
  double seconds = 30;
  double scene_seconds = 5;
  std::uint64_t seed = NativeEnv::realtime_ns();
  bool json = false;
  for (int i = 1; i < argc; ++i) {
    const bool has_value = i + 1 < argc;
    if (std::strcmp(argv[i], "--json") == 0) {
      json = true;
    } else if (std::strcmp(argv[i], "--seconds") == 0 && has_value) {
      seconds = std::atof(argv[++i]);
    } else if (std::strcmp(argv[i], "--scene") == 0 && has_value) {
      scene_seconds = std::atof(argv[++i]);
    } else if (std::strcmp(argv[i], "--seed") == 0 && has_value) {
      seed = std::strtoull(argv[++i], nullptr, 10);
    } else {
      std::fprintf(stderr, "usage: datablock-soak [--seconds S] [--scene S] [--seed N] [--json]\n");
      return 64;
    }
  }
  std::fprintf(stderr, "soak: seed %" PRIu64 "\n", seed);
  std::mt19937_64 random(seed);
  Ledger* ledger = Ledger::make();
  Totals totals;
  const std::uint64_t start = NativeEnv::now_ns();
  const auto elapsed = [&] { return static_cast<double>(NativeEnv::now_ns() - start) * 1e-9; };
  while (elapsed() < seconds) {
    Scene scene(*ledger, random, totals);
    scene.play(scene_seconds);
  }
  const struct {
    const char* name;
    std::uint64_t value;
  } rows[] = {{"scenes", totals.scenes},
              {"participants", totals.participants},
              {"kills", totals.kills},
              {"stops", totals.stops},
              {"evictions", totals.evictions},
              {"forced resets", totals.forced},
              {"recoveries", totals.recoveries},
              {"recoveries killed", totals.recoveries_killed},
              {"observations", totals.observations},
              {"messages committed", totals.committed},
              {"messages delivered", totals.delivered},
              {"declared lost", totals.declared_lost},
              {"healed by waiters", totals.healed},
              {"commits fenced", totals.fenced},
              {"overwritten for the evicted", totals.taken_back},
              {"failures", totals.failures}};
  if (json) {
    std::printf("{\"seed\":\"%" PRIu64 "\",\"seconds\":%.1f", seed, elapsed());
    for (const auto& row : rows) {
      std::printf(",\"%s\":%" PRIu64, row.name, row.value);
    }
    std::printf("}\n");
  } else {
    std::printf("soak, seed %" PRIu64 ", %.0f s\n", seed, elapsed());
    for (const auto& row : rows) {
      std::printf("  %-28s %12" PRIu64 "\n", row.name, row.value);
    }
  }
  return totals.failures == 0 ? 0 : 6;
}
