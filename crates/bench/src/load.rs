//! `wrk`, the load generator: how it is started and what its report says.

use std::process::Command;

use crate::settings::Settings;

/// A load on one server.
pub(crate) struct Load {
    pub(crate) port: u16,
    pub(crate) connections: u64,
    /// More than one makes the load walk over the paths of so many.
    pub(crate) objects: u64,
    /// The path, when there is one.
    pub(crate) path: &'static str,
}

/// What `wrk` reported.
#[derive(Debug, PartialEq)]
pub(crate) struct Measured {
    /// Requests answered.
    pub(crate) answers: u64,
    /// Requests answered per second.
    pub(crate) rate: f64,
    /// Median latency in microseconds.
    pub(crate) p50_us: f64,
}

impl Load {
    /// The same load, for compilers and caches; not measured.
    pub(crate) fn warm_up(&self, settings: &Settings) -> Result<Measured, String> {
        self.wrk(settings, WARM_UP_SECONDS)
    }

    pub(crate) fn run(&self, settings: &Settings) -> Result<Measured, String> {
        self.wrk(settings, settings.seconds)
    }

    fn wrk(&self, settings: &Settings, seconds: u64) -> Result<Measured, String> {
        let mut command = Command::new("taskset");
        command.args(["-c", &settings.cpus, "wrk", "--latency"]);
        command.args(["-t", if self.connections == 1 { "1" } else { "2" }]);
        command.args(["-c", &self.connections.to_string(), "-d", &seconds.to_string()]);
        if self.objects > 1 {
            command.arg("-s").arg(settings.root.join("crates/bench/load/objects.lua"));
        }
        command.arg(format!("http://127.0.0.1:{}{}", self.port, self.path));
        command.args(["--", &self.objects.to_string()]);
        let output = command.output().map_err(|error| format!("wrk did not start: {error}"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            return Err(format!("wrk failed: {}", String::from_utf8_lossy(&output.stderr)));
        }
        Measured::parse(&text)
    }
}

impl Measured {
    fn parse(report: &str) -> Result<Measured, String> {
        let bad = ["Non-2xx", "Socket errors"];
        if let Some(line) = report.lines().find(|line| bad.iter().any(|bad| line.contains(bad))) {
            return Err(format!("the load saw errors: {}", line.trim()));
        }
        let missing = |what: &str| format!("wrk did not report {what}: {report}");
        let answers = report
            .lines()
            .find_map(|line| line.trim().split_once(" requests in ")?.0.parse().ok())
            .ok_or_else(|| missing("requests"))?;
        let rate = report
            .lines()
            .find_map(|line| line.strip_prefix("Requests/sec:")?.trim().parse().ok())
            .ok_or_else(|| missing("a rate"))?;
        let p50_us = report
            .lines()
            .find_map(|line| microseconds(line.trim().strip_prefix("50%")?.trim()))
            .ok_or_else(|| missing("a median"))?;
        Ok(Measured { answers, rate, p50_us })
    }
}

/// `12.3us`, `1.2ms` or `1.0s`.
fn microseconds(text: &str) -> Option<f64> {
    let (number, factor) = if let Some(number) = text.strip_suffix("us") {
        (number, 1.0)
    } else if let Some(number) = text.strip_suffix("ms") {
        (number, 1e3)
    } else {
        (text.strip_suffix('s')?, 1e6)
    };
    Some(number.parse::<f64>().ok()? * factor)
}

const WARM_UP_SECONDS: u64 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "\
Running 2s test @ http://127.0.0.1:1/
  2 threads and 64 connections
  Latency Distribution
     50%    1.50ms
     99%    1.04s
  222 requests in 2.02s, 17.34KB read
Requests/sec:    109.67
Transfer/sec:      8.57KB
";

    #[test]
    fn a_report_is_read() {
        let expected = Measured { answers: 222, rate: 109.67, p50_us: 1500.0 };
        assert_eq!(Measured::parse(REPORT), Ok(expected));
    }

    #[test]
    fn errors_in_a_report_are_errors() {
        let failed = format!("{REPORT}  Non-2xx or 3xx responses: 12\n");
        let error = Measured::parse(&failed).unwrap_err();
        assert_eq!(error, "the load saw errors: Non-2xx or 3xx responses: 12");
    }
}
