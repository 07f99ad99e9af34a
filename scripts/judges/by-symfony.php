<?php
/**
 * Lets the webhook parsers of Symfony's mailer bridges judge deliveries: one JSON object a line in, one out.
 *
 * In:  {"bridge": "Postmark", "secret": "…", "address": "3.134.147.250", "url", "headers", "body": base64}
 * Out: {"accepted": true, "events": […]} or {"accepted": false, "why": "…"}
 */
foreach (['Webhook', 'RemoteEvent', 'HttpFoundation', 'Mailer'] as $component) {
    require_once "Symfony/Component/$component/autoload.php";
}

use Symfony\Component\HttpFoundation\Request;

function judged(array $asked): array
{
    $bridge = "Symfony\\Component\\Mailer\\Bridge\\{$asked['bridge']}";
    require_once "Symfony/Component/Mailer/Bridge/{$asked['bridge']}/autoload.php";
    $converter = "$bridge\\RemoteEvent\\{$asked['bridge']}PayloadConverter";
    $parser = "$bridge\\Webhook\\{$asked['bridge']}RequestParser";
    $server = ['REMOTE_ADDR' => $asked['address']];
    $request = Request::create($asked['url'], 'POST', [], [], [], $server, base64_decode($asked['body']));
    $request->headers->add($asked['headers']);
    $event = (new $parser(new $converter()))->parse($request, $asked['secret']);
    $isDelivery = method_exists($event, 'getReason');

    return [
        'event_type' => $event->getName(),
        'recipient' => $event->getRecipientEmail(),
        'message_id' => $event->getId(),
        'at_seconds' => (float) $event->getDate()->format('U.u'),
        'reason' => $isDelivery ? $event->getReason() : null,
        'tags' => $event->getTags(),
        'metadata' => $event->getMetadata(),
    ];
}

while (false !== $line = fgets(STDIN)) {
    try {
        $answer = ['accepted' => true, 'events' => [judged(json_decode($line, true))]];
    } catch (Throwable $refusal) {
        $answer = ['accepted' => false, 'why' => $refusal::class.': '.$refusal->getMessage()];
    }
    echo json_encode($answer), "\n";
}
