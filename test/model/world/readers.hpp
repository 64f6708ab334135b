// Readers of every kind, for what must hold whoever reads.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "engine/scenario.hpp"
#include "world/actors.hpp"

namespace datablock::model {

enum class ReaderKind : std::uint8_t {
  sync,         ///< lossless, in before the run begins
  from_oldest,  ///< joins at any moment: the history by pins, then lossless
  sequential,   ///< in before the run begins, at the oldest message
  latest,       ///< in before the run begins
};

/// Spawns a reader in seat `id`; `body` gets it once it is in.
template <ReaderKind kKind, class Body>
ThreadIndex spawn_reader(std::uint8_t id, Body body) {
  const std::uint64_t head = block().claim();
  if constexpr (kKind == ReaderKind::sync) {
    const ThreadIndex thread = machine().spawn("reader", {}, [=] {
      SyncConsumer reader(id, head);
      body(reader);
    });
    block().seat_sync(id, thread);
    return thread;
  } else if constexpr (kKind == ReaderKind::from_oldest) {
    return machine().spawn("joiner", {}, [=] {
      SyncConsumer reader(id, SyncConsumer::Joining{.from_oldest = true});
      if (reader.has_joined()) {
        body(reader);
      }
    });
  } else {
    using Reader = std::conditional_t<kKind == ReaderKind::latest, LatestConsumer, SequentialConsumer>;
    const ThreadIndex thread = machine().spawn("reader", {}, [=] {
      Reader reader(id, 0);
      body(reader);
    });
    block().seat_lossy(id, thread,
                       kKind == ReaderKind::latest ? ConsumerMode::latest : ConsumerMode::sequential);
    return thread;
  }
}

/// One that reads until there is nothing more.
template <ReaderKind kKind>
ThreadIndex spawn_reader(std::uint8_t id) {
  return spawn_reader<kKind>(id, [](auto& reader) { reader.read_all(); });
}

/// Registers a scenario for each kind of reader: `scenario` without start, its name without "-sync" and the
/// like, and a `[]<ReaderKind kKind> { ... }` that sets it up.
template <class Start>
struct RegistrationByKind {
  RegistrationByKind(const Scenario& scenario, Start) {
    add<ReaderKind::sync>(scenario, "-sync", ", sync reader");
    add<ReaderKind::from_oldest>(scenario, "-from-oldest",
                                 ", sync reader that joins from the oldest message");
    add<ReaderKind::sequential>(scenario, "-sequential", ", sequential reader");
    add<ReaderKind::latest>(scenario, "-latest", ", latest reader");
  }

 private:
  template <ReaderKind kKind>
  static void add(Scenario scenario, const char* name, const char* purpose) {
    scenario.name += name;
    scenario.purpose += purpose;
    scenario.start = [] { Start{}.template operator()<kKind>(); };
    scenarios().push_back(std::move(scenario));
  }
};

}  // namespace datablock::model
