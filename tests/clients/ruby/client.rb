# Uses the server at HOST PORT through Ruby's stomp in every version. Prints a line for each check.

require "stomp"
require "timeout"

HOST, PORT = ARGV[0], ARGV[1].to_i
PATIENCE = 20 # seconds that anything may take before it counts as failed

def check(what)
  yield
  puts "ok #{what}"
rescue Exception => error # whatever it is: the next check may still hold
  puts "not ok #{what}: #{error.class}: #{error.message}"
end

def expect(wanted, got)
  raise "#{wanted.inspect} was expected, not #{got.inspect}" unless wanted == got
end

# One connection, logged in as guest.
class Client
  attr_reader :connection

  def initialize(version, passcode = "guest")
    @version = version
    headers = { "accept-version" => version, "host" => "/" }
    host = { login: "guest", passcode: passcode, host: HOST, port: PORT }
    @connection = Stomp::Connection.new(hosts: [host], reliable: false, connect_headers: headers)
  end

  def receive(command)
    frame = Timeout.timeout(PATIENCE) { @connection.receive }
    expect(command, frame.command)
    frame
  end

  def message = receive("MESSAGE")

  def confirmed(receipt)
    yield({ receipt: receipt })
    expect(receipt, receive("RECEIPT").headers["receipt-id"])
  end

  def subscribe(destination, id, headers = {})
    confirmed("subscribed") { |receipt| @connection.subscribe(destination, { id: id }.merge(headers, receipt)) }
  end

  def settle(verb, message, headers = {})
    id = @version == "1.2" ? message.headers["ack"] : message.headers["message-id"]
    @connection.public_send(verb, id, { subscription: message.headers["subscription"] }.merge(headers))
  end
end

%w[1.0 1.1 1.2].each do |version|
  queue = "/queue/ruby-#{version}"
  client = nil
  check("connects in #{version}") do
    client = Client.new(version)
    expect(version, client.connection.connection_frame.headers["version"])
  end
  check("sends and subscribes, with headers and receipts, in #{version}") do
    client.subscribe("/topic/ruby.*", "topic")
    headers = { "words" => "€ “日本”" }
    headers["sign"] = "a:b\\x\nd" unless version == "1.0"
    client.connection.publish("/topic/ruby.all", "grüße: €\n", headers.merge("content-type" => "text/plain"))
    message = client.message
    expect("grüße: €\n", message.body.dup.force_encoding("UTF-8"))
    headers.each { |name, value| expect(value, message.headers[name].dup.force_encoding("UTF-8")) }
    client.confirmed("left") { |receipt| client.connection.unsubscribe("/topic/ruby.*", { id: "topic" }.merge(receipt)) }
  end
  check("takes and gives octets in #{version}") do
    octets = (0..255).map(&:chr).map(&:b).join
    client.subscribe("#{queue}-octets", "octets")
    client.connection.publish("#{queue}-octets", octets)
    expect(octets, client.message.body.b)
  end
  check("acks and nacks in #{version}") do
    client.subscribe(queue, "work", ack: "client")
    client.connection.publish(queue, "one")
    message = client.message
    unless version == "1.0"
      client.settle(:nack, message)
      message = client.message
      expect(%w[one true], [message.body, message.headers["redelivered"]])
    end
    client.confirmed("acked") { |receipt| client.settle(:ack, message, receipt) }
  end
  check("commits and aborts in #{version}") do
    client.connection.begin("aborted")
    client.connection.publish(queue, "never", transaction: "aborted")
    client.confirmed("aborted") { |receipt| client.connection.abort("aborted", receipt) }
    client.connection.begin("committed")
    client.connection.publish(queue, "kept", transaction: "committed")
    client.connection.commit("committed")
    message = client.message
    expect("kept", message.body)
    client.settle(:ack, message)
  end
  check("disconnects with a receipt in #{version}") do
    client.connection.disconnect(receipt: "bye")
    expect("bye", client.connection.disconnect_receipt.headers["receipt-id"])
  end
end

check("is refused with a wrong password") do
  begin
    frame = Client.new("1.2", "wrong").connection.connection_frame
  rescue Stomp::Error::Base, SystemCallError, IOError
    frame = nil # the connection ended before the frame was looked at
  end
  expect("ERROR", frame.command) if frame
end
