//! A row's figures as the cells of its table.

use crate::report::{Figures, Goal, Row};

const DELIVERIES: Head = &["scenario", "system", "CPU us/delivery", "x floor", "deliveries/s", "server cores", "goal"];
const STALLED: Head =
    &["scenario", "system", "deliveries/s without", "deliveries/s beside it", "ratio", "longest pause ms", "goal"];
const SURCHARGE: Head =
    &["scenario", "system", "CPU us volatile", "CPU us durable", "more", "volatile/s", "durable/s", "goal"];
const SHARED_SYNC: Head =
    &["scenario", "system", "messages/s of one", "messages/s of all", "ratio", "messages/sync", "goal"];
const EVENTS: Head =
    &["scenario", "system", "CPU us bare handler", "CPU us/event", "ratio", "bare/s", "events/s", "goal"];
const WEBHOOK: Head = &["scenario", "system", "bare client/s", "deliveries/s", "ratio", "CPU us/delivery", "goal"];
const RESTART: Head = &[
    "scenario",
    "system",
    "filled/s",
    "resident MB filled",
    "ready again s",
    "resident MB again",
    "open files",
    "goal",
];
const REPLAY: Head = &["scenario", "system", "live/s", "replayed/s", "ratio", "goal"];
const STORE: Head = &["scenario", "system", "records/s", "goal"];
const IDLE: Head = &["scenario", "system", "resident KiB/connection", "CPU us/connect+subscribe", "goal"];

/// What the columns of a table are called.
pub(super) type Head = &'static [&'static str];

/// The tables, in the order of the report.
pub(super) const HEADS: [Head; 10] =
    [DELIVERIES, STALLED, SURCHARGE, SHARED_SYNC, EVENTS, WEBHOOK, RESTART, REPLAY, STORE, IDLE];

/// The table that a row belongs to, and its cells there. `floor` is what the floor took for a delivery.
pub(super) fn cells(row: &Row, figures: Figures, floor: Option<f64>) -> (Head, Vec<String>) {
    let (head, mut figures, goal) = match figures {
        Figures::Deliveries { cpu_micros, per_second, cores } => {
            let ratio = floor.map(|floor| cpu_micros / floor);
            let shown = ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}"));
            let cells = vec![format!("{cpu_micros:.2}"), shown, whole(per_second), format!("{cores:.2}")];
            (DELIVERIES, cells, delivery_goal(row.goal, cpu_micros, ratio))
        }
        Figures::Stalled { alone_per_second, beside_per_second, pause_millis } => {
            let ratio = beside_per_second / alone_per_second;
            let cells =
                vec![whole(alone_per_second), whole(beside_per_second), format!("{ratio:.3}"), whole(pause_millis)];
            (STALLED, cells, ratio_goal(row.goal, ratio))
        }
        Figures::Surcharge { volatile_micros, durable_micros, volatile_per_second, durable_per_second } => {
            let more = durable_micros - volatile_micros;
            let micros = [volatile_micros, durable_micros, more].map(|micros| format!("{micros:.2}"));
            let rates = [whole(volatile_per_second), whole(durable_per_second)];
            (SURCHARGE, micros.into_iter().chain(rates).collect(), surcharge_goal(row.goal, more))
        }
        Figures::SharedSync { alone_per_second, together_per_second, per_sync } => {
            let ratio = together_per_second / alone_per_second;
            let per_sync = per_sync.map_or_else(String::new, |count| format!("{count:.1}"));
            let cells = vec![whole(alone_per_second), whole(together_per_second), format!("{ratio:.2}"), per_sync];
            (SHARED_SYNC, cells, ratio_goal(row.goal, ratio))
        }
        Figures::Events { bare_micros, event_micros, bare_per_second, events_per_second } => {
            let ratio = event_micros / bare_micros;
            let micros = [bare_micros, event_micros, ratio].map(|micros| format!("{micros:.2}"));
            let rates = [whole(bare_per_second), whole(events_per_second)];
            let goal = match row.goal {
                Goal::TimesBare(most) => verdict(ratio <= most, &format!("at most {most} x")),
                _ => String::new(),
            };
            (EVENTS, micros.into_iter().chain(rates).collect(), goal)
        }
        Figures::Webhook { bare_per_second, delivered_per_second, cpu_micros } => {
            let ratio = delivered_per_second / bare_per_second;
            let rates = [bare_per_second, delivered_per_second].map(whole);
            let cells = rates.into_iter().chain([ratio, cpu_micros].map(|figure| format!("{figure:.2}")));
            let goal = match row.goal {
                Goal::PerSecondOrOfBare(least, part) => {
                    let reached = delivered_per_second >= least.min(bare_per_second * part);
                    verdict(reached, &format!("at least {least} a second, or {part} of the bare client"))
                }
                _ => String::new(),
            };
            (WEBHOOK, cells.collect(), goal)
        }
        Figures::Restart { filled_per_second, filled_mb, ready_seconds, restarted_mb, open_files } => {
            let filled = filled_per_second.map_or_else(String::new, whole);
            let ready = format!("{ready_seconds:.2}");
            let cells = vec![filled, whole(filled_mb), ready, whole(restarted_mb), open_files.to_string()];
            (RESTART, cells, restart_goal(row.goal, ready_seconds, filled_mb.max(restarted_mb), open_files))
        }
        Figures::Replay { live_per_second, replayed_per_second } => {
            let ratio = replayed_per_second / live_per_second;
            let cells = vec![whole(live_per_second), whole(replayed_per_second), format!("{ratio:.3}")];
            (REPLAY, cells, ratio_goal(row.goal, ratio))
        }
        Figures::StoreReplay { per_second } => {
            let goal = match row.goal {
                Goal::PerSecond(least) => verdict(per_second >= least, &format!("at least {least} a second")),
                _ => String::new(),
            };
            (STORE, vec![whole(per_second)], goal)
        }
        Figures::Idle { resident_kib, connect_micros } => {
            let cells = vec![format!("{resident_kib:.1}"), whole(connect_micros)];
            (IDLE, cells, idle_goal(row.goal, resident_kib, connect_micros))
        }
    };
    let mut cells = vec![row.scenario.clone(), row.system.to_owned()];
    cells.append(&mut figures);
    cells.push(goal);
    (head, cells)
}

/// Whether a goal was reached.
pub(crate) fn verdict(reached: bool, limit: &str) -> String {
    format!("{}: {limit}", if reached { "reached" } else { "MISSED" })
}

fn whole(figure: f64) -> String {
    format!("{figure:.0}")
}

fn delivery_goal(goal: Goal, cpu_micros: f64, ratio: Option<f64>) -> String {
    match (goal, ratio) {
        (Goal::Micros(most), _) => verdict(cpu_micros <= most, &format!("at most {most} us")),
        (Goal::TimesFloor(most), Some(ratio)) => verdict(ratio <= most, &format!("at most {most} x floor")),
        _ => String::new(),
    }
}

fn ratio_goal(goal: Goal, ratio: f64) -> String {
    match goal {
        Goal::RateKept(least) => verdict(ratio >= least, &format!("at least {least}")),
        Goal::TimesAlone(least) => verdict(ratio >= least, &format!("at least {least} x")),
        _ => String::new(),
    }
}

fn surcharge_goal(goal: Goal, more: f64) -> String {
    match goal {
        Goal::MicrosMore(most) => verdict(more <= most, &format!("at most {most} us more")),
        _ => String::new(),
    }
}

fn restart_goal(goal: Goal, ready: f64, resident: f64, files: u64) -> String {
    let Goal::Restart { ready_seconds, resident_mb, open_files } = goal else {
        return String::new();
    };
    let mut limits = vec![format!("at most {ready_seconds} s")];
    limits.extend(resident_mb.map(|most| format!("under {most} MB")));
    limits.extend(open_files.map(|most| format!("under {most} files")));
    let reached = ready <= ready_seconds
        && resident_mb.is_none_or(|most| resident < most)
        && open_files.is_none_or(|most| files < most);
    verdict(reached, &limits.join(", "))
}

fn idle_goal(goal: Goal, resident: f64, connect: f64) -> String {
    match goal {
        Goal::Connection { resident_kib, connect_micros } => verdict(
            resident <= resident_kib && connect <= connect_micros,
            &format!("at most {resident_kib} KiB, {connect_micros} us"),
        ),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Outcome;

    fn judged(figures: Figures, goal: Goal) -> String {
        let row = Row { scenario: "s".to_owned(), system: "wharf", outcome: Outcome::Skipped(String::new()), goal };
        let (head, cells) = cells(&row, figures, None);
        assert_eq!(head.len(), cells.len(), "{head:?}");
        cells.last().cloned().unwrap_or_default()
    }

    #[test]
    fn every_limit_of_a_start_counts() {
        let goal = Goal::Restart { ready_seconds: 5.0, resident_mb: Some(300.0), open_files: Some(1000) };
        let start = |ready_seconds, filled_mb, restarted_mb, open_files| {
            let filled_per_second = Some(1e5);
            judged(Figures::Restart { filled_per_second, filled_mb, ready_seconds, restarted_mb, open_files }, goal)
        };
        assert_eq!(start(5.0, 299.0, 299.0, 999), "reached: at most 5 s, under 300 MB, under 1000 files");
        for missed in [start(5.1, 1.0, 1.0, 1), start(1.0, 300.0, 1.0, 1), start(1.0, 1.0, 300.0, 1)] {
            assert_eq!(missed, "MISSED: at most 5 s, under 300 MB, under 1000 files");
        }
        assert!(start(1.0, 1.0, 1.0, 1000).starts_with("MISSED"));
    }

    #[test]
    fn the_difference_to_a_volatile_message_counts() {
        let surcharge = |durable_micros| Figures::Surcharge {
            volatile_micros: 2.0,
            durable_micros,
            volatile_per_second: 1.0,
            durable_per_second: 1.0,
        };
        assert_eq!(judged(surcharge(5.0), Goal::MicrosMore(3.0)), "reached: at most 3 us more");
        assert_eq!(judged(surcharge(5.1), Goal::MicrosMore(3.0)), "MISSED: at most 3 us more");
    }

    #[test]
    fn rates_are_compared() {
        let shared =
            |together_per_second| Figures::SharedSync { alone_per_second: 10.0, together_per_second, per_sync: None };
        assert_eq!(judged(shared(50.0), Goal::TimesAlone(5.0)), "reached: at least 5 x");
        assert_eq!(judged(shared(49.0), Goal::TimesAlone(5.0)), "MISSED: at least 5 x");
        let replay = Figures::Replay { live_per_second: 10.0, replayed_per_second: 7.0 };
        assert_eq!(judged(replay, Goal::RateKept(0.7)), "reached: at least 0.7");
    }
}
