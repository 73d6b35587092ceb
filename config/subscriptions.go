package config

// Subscriptions are the GUIDs of other subscriptions than that of the login, which has spokes and stamps; empty means that of the login.
type Subscriptions struct {
	// Hub has the hub that the stack makes.
	Hub string
}

// subscriptionKeys say in which subscriptions parts of the platform are.
var subscriptionKeys = []Key{
	{
		Name: "subscriptions.hub", Kind: String, Default: "",
		Description: "GUID of the subscription in which the hub is made; empty means that of the login. Spokes, stamps and private DNS zones " +
			"are in that of the login.",
	},
}

func (r *reader) subscriptions() Subscriptions {
	return Subscriptions{Hub: r.guid("subscriptions.hub", false)}
}
